import { randomInt } from 'node:crypto';
import type { EpochMs } from '../lib/domain/clock.ts';
import { TraderError } from '../lib/domain/errors.ts';
import { randomSecret } from '../lib/domain/ids.ts';
import { afterRunningIn } from './hours.ts';
import type { ResolvedOptions } from './options.ts';
import type { AccountRecord, StateFile, StoredState } from './state.ts';

/** Which paper account a simulator works with: the one it finds in its state, or a new one. */

const DEFAULT_SEED = 1;

/** Refuses a state of another seed or kind of account: the orders in it belong to another market, under other rules. */
export function chosenAccount(
  settings: ResolvedOptions,
  state: StateFile,
): { stored: StoredState; resumed: boolean } {
  const stored = settings.fresh ? null : state.load();
  if (stored === null) return { stored: begun(settings, state), resumed: false };
  const { seed, type } = stored.account;
  mustAgree('seed', settings.seed, seed, settings.stateDir);
  mustAgree('account-type', settings.accountType, type, settings.stateDir);
  return { stored, resumed: true };
}

function mustAgree<T>(field: string, asked: T | undefined, kept: T, directory: string | undefined): void {
  if (asked === undefined || asked === kept) return;
  const expected = `${kept}, with which the state in ${directory} was made`;
  throw new TraderError(
    'E_INPUT',
    `${field}: ${asked} is not accepted; expected ${expected} (or --fresh for a new account, or another --state directory)`,
    { field, value: asked, expected },
  );
}

/** Where market time goes on: everything anyone was told happened at or before this. */
export function latestInstant(stored: StoredState): EpochMs {
  const last = stored.commands.at(-1)?.at ?? 0;
  return Math.max(stored.clock, stored.snapshot?.now ?? 0, last);
}

function begun(settings: ResolvedOptions, state: StateFile): StoredState {
  const account: AccountRecord = {
    account: `VA${String(randomInt(1, 100_000_000)).padStart(8, '0')}`,
    token: settings.token ?? randomSecret(),
    seed: settings.seed ?? DEFAULT_SEED,
    type: settings.accountType ?? 'margin',
    // The clock shows no skipped hours: a start in them is where it goes on.
    opened: afterRunningIn(settings.hours, settings.start, 0),
  };
  state.begin(account);
  return { account, clock: account.opened, snapshot: null, commands: [] };
}
