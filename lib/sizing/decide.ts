import type { Clock } from '../domain/clock.ts';
import type { ConfirmedQuote } from '../domain/market-data.ts';
import { money } from '../domain/money.ts';
import type { Signal } from '../domain/signal.ts';
import type { Figures } from '../domain/trace.ts';
import type { Attention } from '../market/attention.ts';
import type { Exposure } from '../orders/exposure.ts';
import type { SignalRecord } from '../orders/signals.ts';
import type { Holdings } from '../portfolio/holdings.ts';
import type { Ledger } from '../portfolio/ledger.ts';
import type { Policy } from '../risk/policy.ts';
import type { SizeDecision, Sizing, SizingContext } from './contract.ts';
import { intentOf, keyOf } from './intent.ts';
import { size } from './size.ts';

export interface SizeParts {
  account: string;
  policy: Policy;
  inbox: SignalRecord;
  exposure: Exposure;
  holdings: Holdings;
  ledger: Ledger;
  clock: Clock;
  attention: Attention;
}

/** Sizes a signal by what its book holds now. A refusal is recorded against the signal. */
export function sizeSignal(
  parts: SizeParts,
  signal: Signal,
  sizing: Sizing,
  quote: ConfirmedQuote | null,
): SizeDecision {
  const decision = decideSize(parts, signal, sizing, quote);
  if (decision.kind === 'refused') parts.inbox.refuse(keyOf(parts.account, signal), decision.refusals);
  return decision;
}

/** What `sizeSignal` would say, recorded nowhere. */
export function decideSize(
  parts: SizeParts,
  signal: Signal,
  sizing: Sizing,
  quote: ConfirmedQuote | null,
): SizeDecision {
  const { ledger } = parts;
  if (parts.attention.isUnknown(signal.symbol) && ledger.quantity(signal.symbol) === 0) {
    const message = `the broker knows no symbol ${signal.symbol}`;
    const refusals = [{ rule: 'unknown-symbol', field: 'symbol', value: signal.symbol, message }];
    return { kind: 'refused', refusals, figures: {} };
  }
  const sized = size(sizingContext(parts, signal, quote), sizing);
  const figures = { ...sized.figures, ...compared(signal, quote) };
  if (sized.kind === 'refused') return { kind: 'refused', refusals: sized.refusals, figures };
  const intent = intentOf(parts.account, signal, keyOf(parts.account, signal), sized);
  if ('rule' in intent) return { kind: 'refused', refusals: [intent], figures };
  return { kind: 'sized', intent, because: sized.because, figures };
}

/** What sizing may look at, as it is at this instant. */
export function sizingContext(parts: SizeParts, signal: Signal, quote: ConfirmedQuote | null): SizingContext {
  const { holdings, ledger, exposure, clock, policy } = parts;
  const working = exposure.working(signal.symbol, signal.book, clock.elapsed.now());
  return {
    signal,
    held: holdings.balances === null ? null : ledger.bookQuantity(signal.book, signal.symbol),
    working: { buy: working.bookBuy, sell: working.bookSell },
    equity: holdings.equity(),
    quote,
    caps: { maxOrderQuantity: policy.maxOrderQuantity, maxOrderValue: money(policy.maxOrderValue) },
  };
}

/** The price the sender saw beside ours: shown, never obeyed. */
function compared(signal: Signal, quote: ConfirmedQuote | null): Figures {
  if (signal.price === undefined) return {};
  const last = quote?.last ?? null;
  if (last === null) return { alertPrice: signal.price };
  const percent = ((last - signal.price) / signal.price) * 100;
  return { alertPrice: signal.price, last, differencePercent: Math.round(percent * 100) / 100 };
}
