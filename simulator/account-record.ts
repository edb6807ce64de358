import { randomInt } from 'node:crypto';
import type { EpochMs } from '../lib/domain/clock.ts';
import { TraderError } from '../lib/domain/errors.ts';
import { randomSecret } from '../lib/domain/ids.ts';
import { afterRunning } from '../lib/market/running-time.ts';
import type { ResolvedOptions } from './options.ts';
import type { AccountRecord, StateFile, StoredState } from './state.ts';

/** Which paper account a simulator works with: the one it finds in its state, or a new one. */

const DEFAULT_SEED = 1;

/** Refuses a state of another seed: the orders in it belong to another market. */
export function chosenAccount(
  settings: ResolvedOptions,
  state: StateFile,
): { stored: StoredState; resumed: boolean } {
  const stored = settings.fresh ? null : state.load();
  if (stored === null) return { stored: begun(settings, state), resumed: false };
  const { seed } = stored.account;
  if (settings.seed === undefined || settings.seed === seed) return { stored, resumed: true };
  const expected = `${seed}, with which the state in ${settings.stateDir} was made`;
  throw new TraderError(
    'E_INPUT',
    `seed: ${settings.seed} is not accepted; expected ${expected} (or --fresh for a new account, or another --state directory)`,
    { field: 'seed', value: settings.seed, expected },
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
    // The clock shows no closed hours: a start in them is the next opening bell.
    opened: afterRunning(settings.start, 0),
  };
  state.begin(account);
  return { account, clock: account.opened, snapshot: null, commands: [] };
}
