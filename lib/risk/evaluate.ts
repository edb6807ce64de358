import { messageOf } from '../domain/errors.ts';
import type { Refusal } from '../domain/trace.ts';
import type { Check, RiskContext } from './context.ts';
import type { Policy } from './policy.ts';
import type { Rule } from './rule.ts';
import { refuse } from './rule.ts';
import { rule as bracket } from './rules/bracket.ts';
import { rule as buyingPower } from './rules/buying-power.ts';
import { rule as concentration } from './rules/concentration.ts';
import { rule as dailyLoss } from './rules/daily-loss.ts';
import { rule as duplicateOrder } from './rules/duplicate-order.ts';
import { rule as haltState } from './rules/halt-state.ts';
import { rule as marketSession } from './rules/market-session.ts';
import { rule as maxPosition } from './rules/max-position.ts';
import { rule as minEquity } from './rules/min-equity.ts';
import { rule as noCrossZero } from './rules/no-cross-zero.ts';
import { rule as openPositions } from './rules/open-positions.ts';
import { rule as orderQuantity } from './rules/order-quantity.ts';
import { rule as orderValue } from './rules/order-value.ts';
import { rule as priceBand } from './rules/price-band.ts';
import { rule as quoteFreshness } from './rules/quote-freshness.ts';
import { rule as shortSales } from './rules/short-sales.ts';
import { rule as spread } from './rules/spread.ts';

/** Every rule, in the order a person reads the reasons: from the system, over the order, to the account. */
export const RULES: ReadonlyArray<readonly [name: string, rule: Rule]> = [
  ['halt-state', haltState],
  ['market-session', marketSession],
  ['duplicate-order', duplicateOrder],
  ['no-cross-zero', noCrossZero],
  ['short-sales', shortSales],
  ['order-quantity', orderQuantity],
  ['order-value', orderValue],
  ['quote-freshness', quoteFreshness],
  ['price-band', priceBand],
  ['spread', spread],
  ['bracket', bracket],
  ['max-position', maxPosition],
  ['concentration', concentration],
  ['open-positions', openPositions],
  ['buying-power', buyingPower],
  ['daily-loss', dailyLoss],
  ['min-equity', minEquity],
];

export interface Evaluation {
  approved: boolean;
  /** One per rule, passed or not. */
  checks: Check[];
  /** The rules that refused, as a flow sees them. */
  refusals: Refusal[];
}

/** All rules against one intent. None is skipped, so that every reason is told at once. */
export function evaluate(context: RiskContext, policy: Policy): Evaluation {
  const checks: Check[] = [];
  const refusals: Refusal[] = [];
  for (const [name, rule] of RULES) {
    const check = run(name, rule, context, policy);
    checks.push(check);
    if (check.passed !== true) refusals.push(toRefusal(check));
  }
  return { approved: refusals.length === 0, checks, refusals };
}

/** A rule that breaks could not be checked: it refuses instead of taking the gate down or opening it. */
function run(name: string, rule: Rule, context: RiskContext, policy: Policy): Check {
  try {
    return rule(context, policy);
  } catch (error) {
    const why = messageOf(error);
    return refuse(name, `the rule could not be checked: ${why}`);
  }
}

function toRefusal({ rule, message, limit, value, field }: Check): Refusal {
  const refusal: Refusal = { rule, message };
  if (limit !== undefined) refusal.limit = limit;
  if (value !== undefined) refusal.value = value;
  if (field !== undefined) refusal.field = field;
  return refusal;
}
