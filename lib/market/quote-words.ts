import type { ConfirmedQuote } from '../domain/market-data.ts';
import { formatNumber } from '../domain/money.ts';

/** `AAPL 189.21, bid 189.20, ask 189.22, confirmed 0.4 s ago, 15 minutes delayed`; what is unusual stands behind it. */
export function quoteInWords(quote: ConfirmedQuote): string {
  const { symbol, last, bid, ask, ageMs, delayMs, condition, greeks } = quote;
  const price = (value: number | null) => (value === null ? '–' : formatNumber(value, 2, 4));
  const delay = delayMs > 0 ? `, ${formatNumber(delayMs / 60_000, 0, 1)} minutes delayed` : '';
  const age = `confirmed ${formatNumber(ageMs / 1_000, 0, 1)} s ago`;
  const unusual = condition === 'normal' ? '' : `, ${condition.replace('_', '-')} market`;
  const delta = greeks?.delta == null ? '' : `, delta ${formatNumber(greeks.delta, 2, 3)}`;
  return `${symbol} ${price(last)}, bid ${price(bid)}, ask ${price(ask)}, ${age}${delay}${delta}${unusual}`;
}

/** True where nothing of the market changed between two quotes: they differ in when they were confirmed at most. */
export function sameMarket(a: ConfirmedQuote, b: ConfirmedQuote): boolean {
  return (
    a.bid === b.bid &&
    a.ask === b.ask &&
    a.last === b.last &&
    a.bidSize === b.bidSize &&
    a.askSize === b.askSize &&
    a.volume === b.volume &&
    a.condition === b.condition
  );
}
