import type { EpochMs } from '../domain/clock.ts';
import type { Bar } from '../domain/market-data.ts';
import type { AlertTerms } from './alert.ts';

/** Where the market stood, and at which price that was seen. '' is on the line between two sides. */
export interface Look {
  side: string;
  price: number;
  /** The percent moved; null where the price is all there is to say. */
  measured: number | null;
}

/** Judges prices. A side is a word; the alert fires when it changes to one of `wanted`. */
export interface PriceTest {
  wanted: readonly string[];
  /** True when the first look may fire: the market is there already. */
  level: boolean;
  /** True when a price has the same side whatever came before it. */
  alone: boolean;
  at(price: number, time: EpochMs): Look;
  /**
   * The sides a whole bar certainly ran through, in order, whatever the way between its extremes; its close is last.
   * `before`: the side it was on until then.
   */
  through(bar: Bar, before?: string): Look[];
  /** Bars of one minute to be shown before the first look. */
  warmUp: number;
}

const MINUTE_MS = 60_000;

export function priceTest(terms: AlertTerms): PriceTest {
  const value = terms.value ?? Number.NaN;
  if (terms.condition === 'percent_move') return moveTest(value, terms.windowMinutes, terms.direction);
  const above = terms.condition.endsWith('above');
  const level = terms.condition === 'price_above' || terms.condition === 'price_below';
  return thresholdTest(value, above, level);
}

function thresholdTest(value: number, above: boolean, level: boolean): PriceTest {
  const inside = (price: number) => (above ? price > value : price < value);
  // A price equal to the level is not above and not below it; a crossing must come from truly the other side.
  const outside = (price: number) => !inside(price) && (level || price !== value);
  const look = (price: number): Look => ({
    side: inside(price) ? 'in' : outside(price) ? 'out' : '',
    price,
    measured: null,
  });
  return {
    wanted: ['in'],
    level,
    alone: true,
    warmUp: 0,
    at: (price) => look(price),
    through({ open, high, low, close }, before = '') {
      const best = above ? high : low;
      const worst = above ? low : high;
      const first = look(open);
      const last = look(close);
      const began = first.side || before;
      // It was outside in between and not at the end: whoever comes in now, or has come in by then, crosses.
      if (began !== 'out' && outside(worst) && !outside(close))
        return [first, { side: 'out', price: worst, measured: null }, last];
      // Not inside at first and inside at its best: it came in.
      if (began !== 'in' && inside(best)) return [first, { side: 'in', price: value, measured: null }, last];
      return [first, last];
    },
  };
}

interface Minute {
  start: EpochMs;
  low: number;
  high: number;
}

/** A rise from the lowest, or a fall from the highest price of the last minutes. */
function moveTest(percent: number, minutes: number, direction: AlertTerms['direction']): PriceTest {
  let seen: Minute[] = [];
  const note = (low: number, high: number, time: EpochMs) => {
    const start = Math.floor(time / MINUTE_MS) * MINUTE_MS;
    const newest = seen.at(-1);
    if (newest?.start === start) {
      newest.low = Math.min(newest.low, low);
      newest.high = Math.max(newest.high, high);
    } else seen.push({ start, low, high });
    // Minutes of trading: a night in between does not empty the window.
    if (seen.length > minutes + 1) seen = seen.slice(-(minutes + 1));
  };
  const look = (price: number, time: EpochMs): Look => {
    let [low, high] = [price, price];
    const newMinute = Math.floor(time / MINUTE_MS) * MINUTE_MS !== seen.at(-1)?.start;
    for (const minute of newMinute ? seen.slice(-minutes) : seen) {
      low = Math.min(low, minute.low);
      high = Math.max(high, minute.high);
    }
    const rise = (price / low - 1) * 100;
    const fall = (1 - price / high) * 100;
    const [up, down] = [rise >= percent, fall >= percent];
    if (up && (!down || rise >= fall)) return { side: 'up', price, measured: rise };
    return { side: down ? 'down' : 'mid', price, measured: fall };
  };
  return {
    wanted: direction === 'any' ? ['up', 'down'] : [direction],
    level: true,
    alone: false,
    warmUp: minutes + 1,
    at(price, time) {
      const found = look(price, time);
      note(price, price, time);
      return found;
    },
    through(bar) {
      const first = look(bar.open, bar.time);
      note(bar.open, bar.open, bar.time);
      // Measured from earlier minutes and the open alone: the order of this bar's extremes is not known.
      const extremes = [look(bar.high, bar.time), look(bar.low, bar.time)].filter(
        ({ side }) => side !== 'mid' && side !== first.side,
      );
      note(bar.low, bar.high, bar.time);
      // The close comes after both.
      const last = look(bar.close, bar.time);
      return [first, ...extremes.slice(0, 1), last];
    },
  };
}
