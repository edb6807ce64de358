import { formatNumber } from '../domain/money.ts';
import type { Side } from '../domain/order.ts';
import type { Annotation, FillAnnotation, SignalAnnotation } from '../orders/annotations.ts';

/** How a mark looks and what it says. */
export interface Look {
  color: string;
  /** One letter: the chart shows no more. */
  label: string;
  text: string;
  /** Of several on one bar the heaviest gives its colour. */
  weight: number;
}

const BOUGHT = '#089981';
const SOLD = '#f23645';
const TAKEN = '#2962ff';
const REFUSED = '#f7a600';

const FILLS: Record<Side, { word: string; label: string; color: string }> = {
  buy: { word: 'Bought', label: 'B', color: BOUGHT },
  buy_to_cover: { word: 'Bought to cover', label: 'B', color: BOUGHT },
  sell: { word: 'Sold', label: 'S', color: SOLD },
  sell_short: { word: 'Sold short', label: 'S', color: SOLD },
};

export function lookOf(what: Annotation, symbol: string): Look {
  return what.kind === 'fill' ? fillLook(what, symbol) : signalLook(what, symbol);
}

function fillLook({ side, quantity, price, book }: FillAnnotation, symbol: string): Look {
  const { word, label, color } = FILLS[side];
  // Below a dollar shares are traded by hundredths of a cent.
  const at = formatNumber(price, 2, price < 1 ? 4 : 2);
  return { color, label, text: `${word} ${quantity} ${symbol} at ${at}, ${book}`, weight: 3 };
}

function signalLook(signal: SignalAnnotation, symbol: string): Look {
  const wish = `${wishOf(signal.action, signal.quantity)} ${symbol}, ${signal.book}`;
  if (signal.refusals.length === 0) return { color: TAKEN, label: 'A', text: `Signal: ${wish}`, weight: 1 };
  const reasons = signal.refusals.map(({ message }) => message).join('; ');
  return { color: REFUSED, label: 'R', text: `Refused: ${wish}: ${shorten(reasons)}`, weight: 2 };
}

function wishOf(action: SignalAnnotation['action'], quantity: number | null): string {
  const word = action.replaceAll('_', ' ');
  return quantity === null ? word : `${word} ${quantity}`;
}

function shorten(text: string): string {
  return text.length > 300 ? `${text.slice(0, 299).toWellFormed()}…` : text;
}
