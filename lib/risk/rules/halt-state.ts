import type { Rule } from '../rule.ts';
import { isEntry, pass, refuse } from '../rule.ts';

const NAME = 'halt-state';

/** Active lets everything through, reducing only exits, halted and any other word nothing. */
export const rule: Rule = ({ intent, haltState, haltReason }) => {
  const why = haltReason === '' ? '' : ` (${haltReason})`;
  const detail = { value: haltState, limit: 'active' };
  if (haltState === 'active') return pass(NAME, 'trading is active', detail);
  if (haltState === 'reducing') {
    // The journal, too, lets only orders flagged reduce-only be written in this state.
    return !isEntry(intent) && intent.reduceOnly
      ? pass(NAME, 'the account only reduces positions, and this is an exit', detail)
      : refuse(
          NAME,
          `the account only reduces positions${why}: entries are stopped until a person lifts it`,
          detail,
        );
  }
  return refuse(NAME, `trading is halted${why}: nothing is sent until a person lifts it`, detail);
};
