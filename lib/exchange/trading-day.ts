import type { Session } from '../market/calendar.ts';
import { dayNumber } from '../market/exchange-time.ts';
import { Chance, hash, hashText } from './chance.ts';
import { type Factors, intradayVolatility, volatility } from './factors.ts';
import { intradayShape } from './intraday-shape.ts';
import type { Instrument } from './listings.ts';

/** One symbol's whole day in minutes. Prices in whole cents, volumes in shares. */
export interface TradingDay {
  instrument: Instrument;
  session: Session;
  minutes: number;
  open: Int32Array;
  high: Int32Array;
  low: Int32Array;
  close: Int32Array;
  volume: Int32Array;
  /** Before each minute: volume, highest and lowest so far; `minutes + 1` values, the last is the whole day. */
  volumeBefore: Float64Array;
  highBefore: Int32Array;
  lowBefore: Int32Array;
}

const MIN_MINUTE_VOLUME = 100;

/** Makes a day from the seed, the symbol and the date alone. */
export function makeTradingDay(
  seed: number,
  factors: Factors,
  instrument: Instrument,
  session: Session,
): TradingDay {
  const shape = intradayShape(session.half);
  const { minutes } = shape;
  const chance = new Chance(
    hash(hashText(`day ${seed}`), hashText(instrument.symbol), dayNumber(session.date)),
  );
  const opening = Math.log(factors.price(instrument, session, 0));
  const way = Math.log(factors.price(instrument, session, 1)) - opening;
  const bridge = factors.bridge(instrument, session);
  const dayVolume = expectedVolume(instrument, session, way, chance);
  const deviation = intradayVolatility(instrument);

  const day: TradingDay = {
    instrument,
    session,
    minutes,
    open: new Int32Array(minutes),
    high: new Int32Array(minutes),
    low: new Int32Array(minutes),
    close: new Int32Array(minutes),
    volume: new Int32Array(minutes),
    volumeBefore: new Float64Array(minutes + 1),
    highBefore: new Int32Array(minutes + 1),
    lowBefore: new Int32Array(minutes + 1),
  };
  let dayHigh = 0;
  let dayLow = 0x7fffffff;
  let volumeSum = 0;
  day.lowBefore[0] = dayLow;
  let from = cents(Math.exp(opening));
  for (let i = 0; i < minutes; i++) {
    const to = cents(Math.exp(opening + way * (shape.elapsed[i + 1] as number) + (bridge[i + 1] as number)));
    const spread = deviation * (shape.stepDeviation[i] as number) * from;
    const high = Math.round(extreme(from, to, spread, 1, chance.unit()));
    const low = Math.max(1, Math.round(extreme(from, to, spread, -1, chance.unit())));
    const volume = Math.max(
      MIN_MINUTE_VOLUME,
      Math.round(dayVolume * (shape.volumePart[i] as number) * Math.exp(0.35 * chance.normal() - 0.06)),
    );
    day.open[i] = from;
    day.close[i] = to;
    day.high[i] = high;
    day.low[i] = low;
    day.volume[i] = volume;
    volumeSum += volume;
    if (high > dayHigh) dayHigh = high;
    if (low < dayLow) dayLow = low;
    day.volumeBefore[i + 1] = volumeSum;
    day.highBefore[i + 1] = dayHigh;
    day.lowBefore[i + 1] = dayLow;
    from = to;
  }
  return day;
}

/** The highest (sign 1) or lowest (sign −1) point of a Brownian bridge, drawn exactly. */
function extreme(from: number, to: number, deviation: number, sign: 1 | -1, chance: number): number {
  const gap = to - from;
  const room = Math.sqrt(gap * gap - 2 * deviation * deviation * Math.log(1 - chance));
  return (from + to + sign * room) / 2;
}

/** Days that move much trade much. */
function expectedVolume(instrument: Instrument, session: Session, move: number, chance: Chance): number {
  const restless = Math.abs(move) / volatility(instrument);
  const length = session.half ? 0.5 : 1;
  return (
    instrument.averageVolume * length * (0.8 + 0.28 * restless) * Math.exp(0.22 * chance.normal() - 0.02)
  );
}

function cents(dollars: number): number {
  return Math.max(1, Math.round(dollars * 100));
}
