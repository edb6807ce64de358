import { onQuotes, type PriceAlert } from '../alerts/alert.ts';
import { rounded } from './view.ts';

/** What an alert waits for, in words, with the price its symbol has now; null: not known. */
export function outlookOf(alert: PriceAlert, price: number | null): string {
  if (alert.status === 'paused') return 'It is paused: nothing is watched until its status is active.';
  if (alert.status === 'expired') return 'It is over: nothing is watched until its expiresAt is later.';
  if (alert.status === 'triggered') return 'It has fired: nothing is watched until it is armed again.';
  const { symbol, condition } = alert;
  // As the answers write it.
  const value = rounded(alert.value ?? 0);
  if (!onQuotes(condition)) return 'It is judged on each bar that closes.';
  if (price === null) return `There is no price of ${symbol} yet; it is judged on the first.`;
  const now = `${symbol} is at ${rounded(price)}`;
  if (condition === 'percent_move') return `${now}; it is judged on each quote.`;
  const above = condition.endsWith('above');
  const side = above ? 'above' : 'below';
  const isCrossing = condition.startsWith('price_cross');
  const isThere = above ? price > value : price < value;
  // On the line it has not come from anywhere yet.
  if (!isThere && !(isCrossing && price === value))
    return `${now}; it fires when the price is ${side} ${value}.`;
  if (!isCrossing) return `${now}, ${side} ${value}: it fires at once.`;
  const back = above ? 'fall below' : 'rise above';
  return (
    `${now}, ${isThere ? `${side} ${value} already` : 'on the line'}: it waits for the price to come from the other side, ` +
    `so the price must first ${back} ${value}.${isThere ? ` price_${side} fires at once.` : ''}`
  );
}
