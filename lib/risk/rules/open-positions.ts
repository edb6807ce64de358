import type { Rule } from '../rule.ts';
import { exitPasses, isEntry, pass, refuse, sharesText, within } from '../rule.ts';

const NAME = 'open-positions';
const FIELD = 'maxOpenPositions';

/** How many symbols the account would hold or be buying. Adding to one that is open is no new position. */
export const rule: Rule = ({ intent, openSymbols }, policy) => {
  if (!isEntry(intent)) return exitPasses(NAME, 'the number of open positions');
  const limit = policy.maxOpenPositions;
  const value = openSymbols.has(intent.symbol) ? openSymbols.size : openSymbols.size + 1;
  const detail = { field: FIELD, limit, value };
  if (openSymbols.has(intent.symbol)) {
    return pass(NAME, `${intent.symbol} is already one of ${sharesText(value)} open positions`, detail);
  }
  return within(value, limit)
    ? pass(
        NAME,
        `${intent.symbol} would be position ${sharesText(value)} of at most ${sharesText(limit)}`,
        detail,
      )
    : refuse(
        NAME,
        `${intent.symbol} would be open position ${sharesText(value)}; the limit is ${sharesText(limit)} (${FIELD})`,
        detail,
      );
};
