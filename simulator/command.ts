import { TraderError } from '../lib/domain/errors.ts';
import { newYorkText } from './new-york.ts';
import { readCommandLine, usage } from './options.ts';
import { type RunningSimulator, type SimulatorOptions, startSimulator } from './server.ts';

const EXIT_BAD_OPTION = 2;

/**
 * The simulator as a process of its own: the command line, what a person reads, and how the process ends.
 * `called` is how the person wrote the command: it stands in the usage.
 */
export async function runSimulatorCommand(args: string[], called: string): Promise<void> {
  try {
    await run(args, called);
  } catch (error) {
    if (error instanceof TraderError) {
      process.stderr.write(`${asOption(error)}\n`);
      process.exit(EXIT_BAD_OPTION);
    }
    console.error(error);
    process.exit(1);
  }
}

async function run(args: string[], called: string): Promise<void> {
  const line = readCommandLine(args, process.env);
  if (line.help) {
    process.stdout.write(usage(called));
    return;
  }
  const starting = startSimulator(line.options);
  endWith(starting);
  await announce(await starting, line.options);
}

async function announce(simulator: RunningSimulator, options: SimulatorOptions): Promise<void> {
  const { rest, ws, token, account, control } = simulator;
  const ready = { ready: true, rest, ws, token, account, control };
  const reading: unknown = await (await fetch(`${control}/clock`)).json();
  const now = (reading as { now_ms: number }).now_ms;
  const ignored =
    simulator.resumed && options.start !== undefined ? ' (--start counts for a new account only)' : '';
  const lines = [
    '',
    'SIMULATED market, not Tradier: prices, orders and fills are invented.',
    '',
    `  REST      ${rest}`,
    `  streams   ${ws}/v1/markets/events and ${ws}/v1/accounts/events`,
    `  control   ${control}`,
    `  account   ${account}${simulator.resumed ? ', going on where it stopped' : ', new'}`,
    `  market    ${newYorkText(now).replace('T', ' ')} New York, ${options.speed ?? 1} x real time, ${options.extendedHours ? '07:00 to 19:55' : 'closed hours skipped'}${ignored}`,
    `  state     ${options.stateDir ?? 'in memory only; keep it with --state DIR'}`,
    '',
    `  curl -H 'Accept: application/json' -H 'Authorization: Bearer ${token}' '${rest}/markets/quotes?symbols=AAPL'`,
    '',
    JSON.stringify(ready),
    '',
  ];
  process.stdout.write(lines.join('\n'));
  process.send?.(ready);
}

/** A parent with a channel decides when this ends; otherwise the terminal and the system do. */
function endWith(starting: Promise<RunningSimulator>): void {
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    starting
      .then((simulator) => simulator.close())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
  };
  if (process.send) {
    process.on('disconnect', end);
    process.on('SIGINT', () => {});
    if (!process.connected) end();
  } else process.on('SIGINT', end);
  process.on('SIGTERM', end);
  // Whoever read our output may be gone before us.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
}

/** The message with its option as it is written on the command line. */
function asOption(error: TraderError): string {
  if (error.field === undefined || error.message.startsWith('--')) return error.message;
  return error.field === 'token'
    ? `TRADER_SIM_${error.message.replace(/^token/, 'TOKEN')}`
    : `--${error.message}`;
}
