import type { BarSpan } from '../market/bars/contract.ts';
import { type Interval, readInterval } from '../market/bars/intervals.ts';
import { readSymbol } from '../market/symbols/names.ts';
import { jsonAnswer, type UdfAnswer } from './answer.ts';
import type { ChartTime, Meaning } from './chart-time.ts';
import { historyBody } from './columns.ts';
import type { ChartSource } from './feed-parts.ts';
import { knownSymbol } from './known-symbol.ts';
import { MOST_BARS, readCountback, readRange, readSeconds } from './parameters.ts';
import { patiently } from './patience.ts';
import { instantOf, lengthOf, type Seconds, stampOf } from './stamps.ts';

/** A bar that forms changes four times a second. */
const FORMING_MS = 250;
/** A closed bar may still be corrected by the broker. */
const CLOSED_MS = 60_000;

type Source = Pick<ChartSource, 'bars' | 'clock' | 'symbols'>;

interface Wish {
  symbol: string;
  interval: Interval;
  to: Seconds;
  /** null where countback alone counts. */
  from: Seconds | null;
  countback: number | null;
}

/**
 * `GET /history`. With countback exactly that many bars before `to`, however far back; without it those of the range,
 * cut at its old end when they are too many. Throws E_INPUT, E_NO_QUOTE and, after a while of trying, the broker's errors.
 */
export async function history(source: Source, time: ChartTime, query: URLSearchParams): Promise<UdfAnswer> {
  const wish = readWish(query);
  const { symbol, interval, from } = wish;
  const meaning = time.meaning(symbol, interval, wish.to);
  const span = spanOf(wish, meaning);
  const ask = (what: BarSpan) =>
    patiently(source.clock.elapsed, () => source.bars.history(symbol, interval, what));
  const bars = (await ask(span)).slice(-MOST_BARS);
  const [oldest] = bars;
  if (oldest !== undefined) {
    time.pageBegan(symbol, interval, stampOf(interval, oldest.time), from, meaning.shift);
    const over = meaning.end + lengthOf(interval) < source.clock.market.now();
    const keptMs = over && bars.at(-1)?.closed === true ? CLOSED_MS : FORMING_MS;
    return { status: 200, type: 'json', body: historyBody(bars, interval), keptMs };
  }
  // Nothing may be there because there is no such symbol.
  await knownSymbol(source, symbol);
  if ('count' in span) return jsonAnswer({ s: 'no_data' }, FORMING_MS);
  const [older] = await ask({ count: 1, to: span.from });
  if (older === undefined) return jsonAnswer({ s: 'no_data' }, FORMING_MS);
  // Seconds: the chart multiplies by a thousand, whatever the documentation says.
  return jsonAnswer({ s: 'no_data', nextTime: stampOf(interval, older.time) }, FORMING_MS);
}

function readWish(query: URLSearchParams): Wish {
  const symbol = readSymbol(query.get('symbol') ?? undefined);
  const interval = readInterval(query.get('resolution') ?? undefined, 'resolution');
  const countback = readCountback(query);
  if (countback === null) {
    const [from, to] = readRange(query);
    return { symbol, interval, from, to, countback };
  }
  // Beside a countback the beginning counts for nothing, and charts send nonsense.
  const from = query.get('from') ? readSeconds(query, 'from') : null;
  return { symbol, interval, from, to: readSeconds(query, 'to'), countback };
}

function spanOf({ interval, to, from, countback }: Wish, { end, shift }: Meaning): BarSpan {
  if (countback !== null) return { count: countback, to: end };
  return { from: Math.min(end, instantOf(interval, (from ?? to) + shift / 1000)), to: end };
}
