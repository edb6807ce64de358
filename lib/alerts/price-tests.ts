import type { EpochMs } from '../domain/clock.ts';
import type { Bar } from '../domain/market-data.ts';
import type { AlertTerms } from './alert.ts';

/** Where the market stood, and at which price that was seen. */
export interface Look {
  side: string;
  price: number;
}

/** Judges prices. A side is a word; the alert fires when it changes to one of `wanted`. */
export interface PriceTest {
  wanted: readonly string[];
  /** True when the first look may fire: the market is there already. */
  level: boolean;
  /** True when a price has the same side whatever came before it. */
  alone: boolean;
  at(price: number, time: EpochMs): Look;
  /** The sides a whole bar certainly ran through, in order, whatever the way between its extremes; its close is last. */
  through(bar: Bar): Look[];
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
  const look = (price: number): Look => ({ side: inside(price) ? 'in' : 'out', price });
  return {
    wanted: ['in'],
    level,
    alone: true,
    warmUp: 0,
    at: (price) => look(price),
    through({ open, high, low, close }) {
      const best = above ? high : low;
      const worst = above ? low : high;
      const first = look(open);
      const last = look(close);
      // Outside at first and inside at its best: it crossed. Inside, outside and inside again: it crossed back.
      if (!inside(open) && inside(best)) return [first, { side: 'in', price: value }, last];
      if (inside(open) && !inside(worst) && inside(close))
        return [first, { side: 'out', price: worst }, last];
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
    if (up && (!down || rise >= fall)) return { side: 'up', price };
    return { side: down ? 'down' : 'mid', price };
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
