import { formatNumber } from '../domain/money.ts';
import type { OrderIntent } from '../domain/order.ts';
import type { Check, RiskContext } from './context.ts';
import type { Policy } from './policy.ts';

/**
 * One limit: a pure function of what is known and what is allowed. A rule that cannot be checked refuses an entry;
 * an exit passes it, because `no-cross-zero` alone proves that the exit reduces a known position.
 */
export type Rule = (context: RiskContext, policy: Policy) => Check;

type Detail = Pick<Check, 'field' | 'limit' | 'value' | 'figures'>;

export function pass(rule: string, message: string, detail?: Detail): Check {
  return { rule, passed: true, message, ...detail };
}

export function refuse(rule: string, message: string, detail?: Detail): Check {
  return { rule, passed: false, message, ...detail };
}

/** What an exit gets from a rule that is about entries. */
export function exitPasses(rule: string, limit: string): Check {
  return { rule, passed: true, message: `exits are not held back by ${limit}` };
}

/** True when the order can add to a position. The side decides, not the sender's flag. */
export function isEntry(intent: OrderIntent): boolean {
  return intent.side !== 'sell' && intent.side !== 'buy_to_cover';
}

/** False for null, NaN and Infinity: none of them can be compared with a limit. */
export function known(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/**
 * value <= limit, forgiving what division leaves behind, so that exactly at the limit passes. False for NaN on
 * either side: never write it as `!(value > limit)`.
 */
export function within(value: number, limit: number): boolean {
  return value <= limit + Math.abs(limit) * 1e-12;
}

export function sharesText(shares: number): string {
  return formatNumber(shares, 0, 6);
}

export function percentText(percent: number): string {
  return `${formatNumber(percent, 0, 2)} %`;
}

/** A percentage over its limit, with as many decimals as it takes not to read as the limit itself. */
export function percentOver(percent: number, limit: number): string {
  const text = percentText(percent);
  return text === percentText(limit) ? `${formatNumber(percent, 0, 6)} %` : text;
}

/** Milliseconds as seconds: "4.2 s". */
export function secondsText(ms: number): string {
  return `${formatNumber(ms / 1000, 0, ms < 10_000 ? 1 : 0)} s`;
}
