import assert from 'node:assert/strict';
import { money } from '../../lib/domain/money.ts';
import type { Signal } from '../../lib/domain/signal.ts';
import type { Refusal } from '../../lib/domain/trace.ts';
import type { Sized, Sizing, SizingContext } from '../../lib/sizing/contract.ts';
import { size } from '../../lib/sizing/size.ts';

export type Change = Partial<Omit<SizingContext, 'signal'>>;

/** A signal for AAPL in book tradingview; 100,000 of equity, quoted 150.10 / 150.12, nothing held, no caps. */
export function context(signal: Partial<Signal>, change: Change = {}): SizingContext {
  return {
    signal: {
      id: 'a1',
      source: 'webhook',
      symbol: 'AAPL',
      action: 'buy',
      book: 'tradingview',
      type: 'market',
      duration: 'day',
      reason: '',
      receivedAt: 0,
      ...signal,
    },
    held: 0,
    working: { buy: 0, sell: 0 },
    account: null,
    equity: money(100_000),
    quote: { bid: 150.1, ask: 150.12, last: 150.11 },
    atr: null,
    priceBandPercent: 3,
    caps: { maxOrderQuantity: null, maxOrderValue: null },
    ...change,
  };
}

export const AS_SIGNAL: Sizing = { method: 'as_signal' };

/** The sized order, or a failed test that says why it was refused. */
export function sizedOf(
  signal: Partial<Signal>,
  sizing: Sizing,
  change?: Change,
): Extract<Sized, { kind: 'sized' }> {
  const result = size(context(signal, change), sizing);
  if (result.kind === 'refused') assert.fail(result.refusals.map((refusal) => refusal.message).join('; '));
  return result;
}

/** The one refusal, or a failed test when it was sized. */
export function refusalOf(signal: Partial<Signal>, sizing: Sizing, change?: Change): Refusal {
  const result = size(context(signal, change), sizing);
  if (result.kind === 'sized') assert.fail(`sized ${result.side} ${result.quantity}: ${result.because}`);
  assert.equal(result.refusals.length, 1);
  assert.doesNotMatch(result.refusals[0]?.message ?? '', /NaN|undefined|null/);
  return result.refusals[0] as Refusal;
}
