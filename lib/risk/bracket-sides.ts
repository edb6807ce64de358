import { formatNumber } from '../domain/money.ts';
import type { Bracket, Side } from '../domain/order.ts';

/** Between which prices an entry may fill, or could be closed at once. */
export interface EntryRange {
  low: number;
  high: number;
}

const WORDS = {
  stopLoss: 'the stop loss',
  stopLossLimit: 'the limit of the stop loss',
  takeProfit: 'the take profit',
} as const;

/**
 * Why a price of a bracket stands on the wrong side of its entry, or null. A long is stopped below and takes its profit
 * above, a short the other way round; the limit of a stop_limit is not on the entry's side of its stop.
 */
export function misplaced(
  side: Side,
  field: keyof typeof WORDS,
  price: number,
  entry: EntryRange,
  stop: Bracket['stopLoss'],
): string | null {
  const long = side === 'buy';
  const text = `${WORDS[field]} ${shown(price)}`;
  if (field === 'stopLossLimit') {
    if (stop === undefined) return `${text} has no stop`;
    const beyond = long ? price <= stop : price >= stop;
    return beyond ? null : `${text} is ${long ? 'above' : 'below'} its stop ${shown(stop)}`;
  }
  const below = (field === 'stopLoss') === long;
  const edge = below ? entry.low : entry.high;
  if (below ? price < edge : price > edge) return null;
  return `${text} is not ${below ? 'below' : 'above'} ${shown(edge)}, where a ${long ? 'long' : 'short'} may begin`;
}

function shown(price: number): string {
  return formatNumber(price, 2, 4);
}
