import { formatDollars, toDollars } from '../../domain/money.ts';
import type { Rule } from '../rule.ts';
import { exitPasses, isEntry, known, pass, refuse, within } from '../rule.ts';

const NAME = 'min-equity';
const FIELD = 'minEquity';

/** An account below its minimum only reduces. */
export const rule: Rule = ({ intent, equity }, policy) => {
  if (!isEntry(intent)) return exitPasses(NAME, 'the minimum equity');
  const limit = policy.minEquity;
  if (!known(equity)) {
    return refuse(NAME, 'the equity of the account is not known', { field: FIELD, limit });
  }
  const value = toDollars(equity);
  const detail = { field: FIELD, limit, value };
  return within(limit, value)
    ? pass(NAME, `equity ${formatDollars(value)} is at least ${formatDollars(limit)}`, detail)
    : refuse(NAME, `equity ${formatDollars(value)} is below ${formatDollars(limit)} (${FIELD})`, detail);
};
