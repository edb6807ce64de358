import { formatMoney, subtract, toDollars } from '../../domain/money.ts';
import type { Rule } from '../rule.ts';
import { exitPasses, isEntry, known, pass, percentOver, percentText, refuse, within } from '../rule.ts';

const NAME = 'daily-loss';
const FIELD = 'maxDailyLossPercent';

/** What equity lost since the start of the session, as part of what it was then. */
export const rule: Rule = ({ intent, equity, baseline }, policy) => {
  if (!isEntry(intent)) return exitPasses(NAME, 'the daily loss');
  const limit = policy.maxDailyLossPercent;
  if (!known(baseline) || baseline <= 0) {
    return refuse(NAME, 'the equity at the start of the session is not known', { field: FIELD, limit });
  }
  if (!known(equity)) return refuse(NAME, 'the equity of the account is not known', { field: FIELD, limit });
  const loss = subtract(baseline, equity);
  const value = (loss / baseline) * 100;
  const detail = {
    field: FIELD,
    limit,
    value,
    figures: { baseline: toDollars(baseline), equity: toDollars(equity), loss: toDollars(loss) },
  };
  if (!within(value, limit)) {
    return refuse(
      NAME,
      `today's loss of ${formatMoney(loss)} is ${percentOver(value, limit)} of ${formatMoney(baseline)}; the limit is ${percentText(limit)} (${FIELD})`,
      detail,
    );
  }
  const found = loss > 0 ? `today's loss of ${formatMoney(loss)} is ${percentText(value)}` : 'no loss today';
  return pass(NAME, `${found}, within ${percentText(limit)} of ${formatMoney(baseline)}`, detail);
};
