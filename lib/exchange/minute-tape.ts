import { MINUTE } from '../market/exchange-time.ts';
import { Chance, hash, hashText } from './chance.ts';
import type { TradingDay } from './trading-day.ts';

/**
 * The prints of one minute. They begin at its open, touch its high and its low, end at its close, and their
 * sizes sum to its volume, so that bars built from the tape are the bars of the market.
 */
export interface MinuteTape {
  count: number;
  /** Milliseconds after the minute's start: above 0 except for the opening print of the day; increasing. */
  offset: Int32Array;
  /** Cents. */
  price: Int32Array;
  size: Int32Array;
  /** Random bits of each print: who was the aggressor, where it printed, how wide the quote was. */
  bits: Uint32Array;
}

const MAX_PRINTS = 36;

/** Makes the prints of minute `index` of a day. */
export function makeMinuteTape(seed: number, day: TradingDay, index: number): MinuteTape {
  const { symbol } = day.instrument;
  const start = day.session.open / MINUTE + index;
  const chance = new Chance(hash(hashText(`tape ${seed}`), hashText(symbol), start | 0));
  const volume = day.volume[index] as number;
  const count = Math.min(MAX_PRINTS, 5 + Math.floor(Math.sqrt(volume) / 8));
  return {
    count,
    offset: times(chance, count, index === 0),
    price: prices(chance, count, day, index),
    size: sizes(chance, count, volume),
    bits: Uint32Array.from({ length: count }, () => chance.unit() * 4_294_967_296),
  };
}

function times(chance: Chance, count: number, opening: boolean): Int32Array {
  const slot = MINUTE / count;
  const offset = new Int32Array(count);
  for (let i = 0; i < count; i++) offset[i] = Math.max(1, Math.floor((i + 0.98 * chance.unit()) * slot));
  if (opening) offset[0] = 0;
  return offset;
}

/** A ragged line from the open over both extremes to the close. */
function prices(chance: Chance, count: number, day: TradingDay, index: number): Int32Array {
  const open = day.open[index] as number;
  const close = day.close[index] as number;
  const high = day.high[index] as number;
  const low = day.low[index] as number;
  const first = 1 + Math.floor(chance.unit() * (count - 3));
  const second = first + 1 + Math.floor(chance.unit() * (count - 2 - first));
  const lowFirst = chance.unit() < (close >= open ? 0.7 : 0.3);
  const price = new Int32Array(count);
  const points = [0, first, second, count - 1];
  const values = lowFirst ? [open, low, high, close] : [open, high, low, close];
  price[0] = open;
  for (let leg = 0; leg < 3; leg++) {
    const from = points[leg] as number;
    const to = points[leg + 1] as number;
    const a = values[leg] as number;
    const b = values[leg + 1] as number;
    for (let i = from + 1; i < to; i++) {
      const way = (i - from) / (to - from);
      const ragged = (high - low) * 0.3 * (chance.unit() - 0.5);
      price[i] = Math.min(high, Math.max(low, Math.round(a + (b - a) * way + ragged)));
    }
    price[to] = b;
  }
  return price;
}

/** Every print at least one share; a few large ones, many small ones. */
function sizes(chance: Chance, count: number, volume: number): Int32Array {
  const weights = new Float64Array(count);
  let total = 0;
  for (let i = 0; i < count; i++) {
    total += -Math.log(1 - chance.unit()) + 0.05;
    weights[i] = total;
  }
  const size = new Int32Array(count);
  const free = volume - count;
  let given = 0;
  for (let i = 0; i < count; i++) {
    const upTo = i === count - 1 ? free : Math.floor((free * (weights[i] as number)) / total);
    size[i] = 1 + upTo - given;
    given = upTo;
  }
  return size;
}
