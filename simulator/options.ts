import { parseArgs } from 'node:util';
import {
  type ElapsedTime,
  type EpochMs,
  systemElapsed,
  systemWall,
  type WallTime,
} from '../lib/domain/clock.ts';
import { inputError, messageOf, TraderError } from '../lib/domain/errors.ts';
import { latestSession, nextSession } from '../lib/market/calendar.ts';
import { defaultStart } from './clock.ts';
import type { Hours } from './hours.ts';
import { newYorkText, parseMoment } from './new-york.ts';
import { PRODUCTION_QUOTAS, type Quotas } from './rate-limits.ts';

export type AccountType = 'margin' | 'cash';

/** How to start a simulator; everything has a default. */
export interface SimulatorOptions {
  /** Address to listen on; 127.0.0.1 by default. */
  host?: string | undefined;
  /** 0 by default: any free port. */
  port?: number | undefined;
  /** Which of the many possible markets; 1 by default, or what the state directory holds. */
  seed?: number | undefined;
  /** Market seconds in a second; 1 by default. */
  speed?: number | undefined;
  /** Market time at which a new account opens, epoch ms; ignored where an account is resumed. */
  start?: EpochMs | undefined;
  /** Of a new account; `margin` by default, or what the state directory holds. */
  accountType?: AccountType | undefined;
  /** True: the clock runs from 07:00 to 19:55 instead of from bell to bell. */
  extendedHours?: boolean | undefined;
  /** Where the account is kept; without it everything is forgotten at the end. */
  stateDir?: string | undefined;
  /** False: no quotas, and none are told. */
  limits?: boolean | undefined;
  quotas?: Quotas | undefined;
  /** True: begin a new account with a new number, forget the old one. */
  fresh?: boolean | undefined;
  /** Access token for this run; otherwise the account's own random one. */
  token?: string | undefined;
  wall?: WallTime | undefined;
  elapsed?: ElapsedTime | undefined;
  /** Hears what went wrong without an answer to tell it in. */
  onError?: ((error: unknown) => void) | undefined;
}

export interface ResolvedOptions {
  host: string;
  port: number;
  seed: number | undefined;
  speed: number;
  start: EpochMs;
  accountType: AccountType | undefined;
  hours: Hours;
  stateDir: string | undefined;
  limits: boolean;
  quotas: Quotas;
  fresh: boolean;
  token: string | undefined;
  wall: WallTime;
  elapsed: ElapsedTime;
  onError: (error: unknown) => void;
}

const EXPECTED = {
  port: 'a whole number from 0 to 65535 (0 = any free port)',
  seed: 'a whole number from 0 to 4294967295',
  speed: 'a number from 0.1 to 10000 (1 = as fast as real time)',
  start: 'a New York date and time from 2017 to 2030 such as 2026-03-02T09:30',
  host: 'an address to listen on such as 127.0.0.1',
  'account-type': 'margin or cash',
  state: 'a directory',
  token: 'at least 8 characters without blanks',
} as const;

// Two years of daily bars must lie between the start and the beginning of the calendar.
const EARLIEST = '2017-01-03';

/** Fills in the defaults and refuses what cannot work; `E_INPUT` names option, value and what was expected. */
export function resolveOptions(options: SimulatorOptions): ResolvedOptions {
  const { port = 0, speed = 1, seed, host = '127.0.0.1', wall = systemWall } = options;
  if (!whole(port, 0, 65_535)) throw inputError('port', port, EXPECTED.port);
  if (!(speed >= 0.1 && speed <= 10_000)) throw inputError('speed', speed, EXPECTED.speed);
  if (seed !== undefined && !whole(seed, 0, 0xffff_ffff)) throw inputError('seed', seed, EXPECTED.seed);
  if (host.trim() === '') throw inputError('host', host, EXPECTED.host);
  if (options.stateDir?.trim() === '') throw inputError('state', options.stateDir, EXPECTED.state);
  const { accountType } = options;
  if (accountType !== undefined && accountType !== 'margin' && accountType !== 'cash')
    throw inputError('account-type', accountType, EXPECTED['account-type']);
  if (options.token !== undefined && !/^\S{8,}$/.test(options.token)) {
    throw new TraderError('E_INPUT', `token: expected ${EXPECTED.token}`, {
      field: 'token',
      expected: EXPECTED.token,
    });
  }
  const start = options.start ?? defaultStart(wall.now(), speed);
  const session = start === null ? null : latestSession(start);
  if (start === null || session === null || session.date < EARLIEST || nextSession(start) === null) {
    throw inputError('start', start === null ? undefined : newYorkText(start), EXPECTED.start);
  }
  return {
    host,
    port,
    seed,
    speed,
    start,
    accountType,
    hours: options.extendedHours ? 'extended' : 'regular',
    stateDir: options.stateDir,
    limits: options.limits ?? true,
    quotas: options.quotas ?? PRODUCTION_QUOTAS,
    fresh: options.fresh ?? false,
    token: options.token,
    wall,
    elapsed: options.elapsed ?? systemElapsed,
    onError: options.onError ?? ((error) => console.error(error)),
  };
}

function whole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

/** What `--help` says; `called` is the command as the person wrote it. */
export const usage = (called: string): string => `Usage: ${called} [options]

  --port N             port to listen on, 0 = any free one (8181)
  --host ADDR          address to listen on (127.0.0.1)
  --seed N             which simulated market (1)
  --speed X            market seconds in a second; closed hours are skipped (1)
  --start T            New York time at which a new account opens, e.g. 2026-03-02T09:30
  --account-type T     what a new account is, margin or cash (margin)
  --extended-hours     run through pre-market and post-market trading, 07:00 to 19:55
  --state DIR          keep the account in DIR and go on there next time
  --fresh              begin a new account with a new number
  --no-limits          no quotas, and no headers that tell of them

TRADER_SIM_TOKEN sets the access token.
`;

export type CommandLine = { help: true } | { help: false; options: SimulatorOptions };

/** Reads the command line; `E_INPUT` names the option as it was written. */
export function readCommandLine(args: string[], env: Record<string, string | undefined>): CommandLine {
  const values = parsed(args);
  if (values.help) return { help: true };
  const start = values.start === undefined ? undefined : parseMoment(values.start);
  if (start === null) throw inputError('--start', values.start, EXPECTED.start);
  const options: SimulatorOptions = {
    host: values.host,
    port: numeric('port', values.port ?? '8181'),
    seed: values.seed === undefined ? undefined : numeric('seed', values.seed),
    speed: values.speed === undefined ? undefined : numeric('speed', values.speed),
    start,
    // Checked with the other settings.
    accountType: values['account-type'] as AccountType | undefined,
    extendedHours: values['extended-hours'],
    stateDir: values.state,
    limits: !values['no-limits'],
    fresh: values.fresh,
    token: env.TRADER_SIM_TOKEN || undefined,
  };
  return { help: false, options };
}

/** `--seed -1` is a value out of range, not an option called 1. */
function withNegatives(args: string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1);
    if (/^-\d/.test(arg) && before?.startsWith('--') && !before.includes('='))
      joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args: withNegatives(args),
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        seed: { type: 'string' },
        speed: { type: 'string' },
        start: { type: 'string' },
        'account-type': { type: 'string' },
        'extended-hours': { type: 'boolean', default: false },
        state: { type: 'string' },
        'no-limits': { type: 'boolean', default: false },
        fresh: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    const reason = messageOf(error);
    const option = /'(?:-\w, )?(--[\w-]+)/.exec(reason)?.[1];
    const expected = Object.hasOwn(EXPECTED, option?.slice(2) ?? '')
      ? `${EXPECTED[option?.slice(2) as keyof typeof EXPECTED]}, written ${option}=value`
      : 'the options that --help lists';
    throw new TraderError('E_INPUT', `${reason.split(/\.\s|\n/)[0]}; expected ${expected}`);
  }
}

function numeric(option: keyof typeof EXPECTED, value: string): number {
  if (value.trim() === '' || !Number.isFinite(Number(value)))
    throw inputError(`--${option}`, value, EXPECTED[option]);
  return Number(value);
}
