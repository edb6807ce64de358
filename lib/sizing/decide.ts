import type { Clock } from '../domain/clock.ts';
import type { ConfirmedQuote } from '../domain/market-data.ts';
import { money } from '../domain/money.ts';
import type { Signal } from '../domain/signal.ts';
import type { Figures } from '../domain/trace.ts';
import type { Attention } from '../market/attention.ts';
import type { Exposure, WorkingShares } from '../orders/exposure.ts';
import type { SignalRecord } from '../orders/signals.ts';
import type { Holdings } from '../portfolio/holdings.ts';
import type { Ledger } from '../portfolio/ledger.ts';
import type { Policy } from '../risk/policy.ts';
import { needsAtr, wanted } from './bracket.ts';
import { AS_THE_SIGNAL, type SizeDecision, type Sizing, type SizingContext } from './contract.ts';
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

/** What was read of the market for this signal: null where it could not be, or need not be. */
export interface MarketSeen {
  quote: ConfirmedQuote | null;
  atr: number | null;
}

/** True when a distance around the signal's entry is a multiple of the ATR. */
export function sizesByAtr(signal: Signal, sizing: Sizing): boolean {
  return needsAtr(wanted(signal, sizing.protection ?? AS_THE_SIGNAL));
}

/** Sizes a signal by what its book holds now. A refusal is recorded against the signal. */
export function sizeSignal(parts: SizeParts, signal: Signal, sizing: Sizing, seen: MarketSeen): SizeDecision {
  const decision = decideSize(parts, signal, sizing, seen);
  if (decision.kind === 'refused') parts.inbox.refuse(keyOf(parts.account, signal), decision.refusals);
  return decision;
}

/** What `sizeSignal` would say, recorded nowhere. */
export function decideSize(parts: SizeParts, signal: Signal, sizing: Sizing, seen: MarketSeen): SizeDecision {
  const { ledger } = parts;
  if (parts.attention.isUnknown(signal.symbol) && ledger.quantity(signal.symbol) === 0) {
    const message = `the broker knows no symbol ${signal.symbol}`;
    const refusals = [{ rule: 'unknown-symbol', field: 'symbol', value: signal.symbol, message }];
    return { kind: 'refused', refusals, figures: {} };
  }
  const sized = size(sizingContext(parts, signal, seen), sizing);
  const figures = { ...sized.figures, ...compared(signal, seen.quote) };
  if (sized.kind === 'refused') return { kind: 'refused', refusals: sized.refusals, figures };
  const intent = intentOf(parts.account, signal, keyOf(parts.account, signal), sized);
  return { kind: 'sized', intent, because: sized.because, figures };
}

/** What sizing may look at, as it is at this instant. */
export function sizingContext(parts: SizeParts, signal: Signal, { quote, atr }: MarketSeen): SizingContext {
  const { holdings, ledger, exposure, clock, policy } = parts;
  const working = exposure.working(signal.symbol, signal.book, clock.elapsed.now());
  return {
    signal,
    held: holdings.balances === null ? null : ledger.bookQuantity(signal.book, signal.symbol),
    working: { buy: working.bookBuy, sell: working.bookSell },
    account: ofAccount(parts, signal.symbol, working),
    equity: holdings.equity(),
    quote,
    atr,
    caps: { maxOrderQuantity: policy.maxOrderQuantity, maxOrderValue: money(policy.maxOrderValue) },
    priceBandPercent: policy.priceBandPercent,
  };
}

/** What the account has on either side, less what is on its way out of other books or by hand. */
function ofAccount(
  { holdings, ledger }: SizeParts,
  symbol: string,
  { accountSell, accountBuy, bookSell, bookBuy }: WorkingShares,
): SizingContext['account'] {
  const external = holdings.external(symbol);
  if (external === null) return null;
  const held = ledger.quantity(symbol) + external;
  return { sell: held - (accountSell - bookSell), cover: -held - (accountBuy - bookBuy) };
}

/** The price the sender saw beside ours: shown, never obeyed. */
function compared(signal: Signal, quote: ConfirmedQuote | null): Figures {
  if (signal.price === undefined) return {};
  const last = quote?.last ?? null;
  if (last === null) return { alertPrice: signal.price };
  const percent = ((last - signal.price) / signal.price) * 100;
  return { alertPrice: signal.price, last, differencePercent: Math.round(percent * 100) / 100 };
}
