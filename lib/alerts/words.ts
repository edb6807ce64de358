import { formatNumber } from '../domain/money.ts';
import type { AlertTerms, PriceAlert } from './alert.ts';
import type { Found } from './watch.ts';

/** What alerts say to people. */

/** The condition: `AAPL crosses above 200`, `QQQ closes below its lower Bollinger band (5 min)`. */
export function inWords(terms: AlertTerms): string {
  const { symbol, condition, value = Number.NaN, interval, direction, length, windowMinutes } = terms;
  const bars = /^[DWM]$/.test(interval) ? interval : `${interval} min`;
  const level = formatNumber(value, 0, 4);
  switch (condition) {
    case 'price_above':
      return `${symbol} is above ${level}`;
    case 'price_below':
      return `${symbol} is below ${level}`;
    case 'price_cross_above':
      return `${symbol} crosses above ${level}`;
    case 'price_cross_below':
      return `${symbol} crosses below ${level}`;
    case 'percent_move': {
      const way = { up: 'up', down: 'down', any: 'up or down' }[direction];
      return `${symbol} moves ${way} by ${level} % within ${windowMinutes} min`;
    }
    case 'volume_above':
      return `${symbol} trades more than ${level} shares in a bar (${bars})`;
    case 'volume_below':
      return `${symbol} trades fewer than ${level} shares in a bar (${bars})`;
    case 'rsi_overbought':
      return `RSI(${length}) of ${symbol} is over ${level} (${bars})`;
    case 'rsi_oversold':
      return `RSI(${length}) of ${symbol} is under ${level} (${bars})`;
    case 'macd_signal': {
      const way = { up: 'crosses above', down: 'crosses below', any: 'crosses' }[direction];
      return `MACD of ${symbol} ${way} its signal line (${bars})`;
    }
    case 'bollinger_break': {
      const way = {
        up: 'above its upper Bollinger band',
        down: 'below its lower Bollinger band',
        any: 'outside its Bollinger bands',
      }[direction];
      return `${symbol} closes ${way} (${bars})`;
    }
  }
}

/** The note of an alert whose symbol the broker does not know. */
export function unknownInWords({ symbol }: Pick<AlertTerms, 'symbol'>): string {
  return `the broker does not know ${symbol}; nothing is watched`;
}

/** In the log, where its id says nothing to anybody: `alert "AAPL crosses above 200"`. */
export function called(alert: AlertTerms): string {
  return `alert "${inWords(alert)}"`;
}

/**
 * A firing: `RSI(14) of NVDA is over 70 (5 min): 73.20, at 124.86`. A message stands in place of condition and figure:
 * `take profits (NVDA at 124.86)`.
 */
export function firingInWords(alert: PriceAlert, found: Found, simulated: boolean): string {
  const price = `at ${formatNumber(found.price, 2, 4)}`;
  const when = found.missed ? ', found afterwards' : '';
  const mark = simulated ? 'Simulated: ' : '';
  if (alert.message !== '') return `${mark}${alert.message} (${alert.symbol} ${price}${when})`;
  const went = directionOf(found) ?? alert.direction;
  const figure = measuredInWords(alert.condition, found);
  return `${mark}${inWords({ ...alert, direction: went })}${figure}, ${price}${when}`;
}

/** Which way the market went, where the side it came to says that. */
export function directionOf({ side }: Pick<Found, 'side'>): 'up' | 'down' | null {
  return side === 'up' || side === 'down' ? side : null;
}

function measuredInWords(condition: AlertTerms['condition'], { measured, side }: Found): string {
  if (measured === null) return '';
  const figure = formatNumber(measured, 2, 2);
  switch (condition) {
    case 'percent_move':
      return `: by ${figure} %`;
    case 'volume_above':
    case 'volume_below':
      return `: ${formatNumber(measured, 0, 0)}`;
    case 'macd_signal':
      return `: by ${formatNumber(Math.abs(measured), 2, 4)}`;
    case 'bollinger_break':
      return side === 'up' ? `: over ${figure}` : `: under ${figure}`;
    default:
      return `: ${figure}`;
  }
}
