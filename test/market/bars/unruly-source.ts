import type { EpochMs } from '../../../lib/domain/clock.ts';
import type { Bar, Trade } from '../../../lib/domain/market-data.ts';
import type { TimeRange } from '../../../lib/market/bars/contract.ts';
import { openSession } from '../../../lib/market/calendar.ts';
import { MINUTE, newYorkDate } from '../../../lib/market/exchange-time.ts';
import { TapeSource } from './tape-source.ts';

/** What is wrong with a line, in market time. */
export interface Trouble {
  /** When the stream is down, and when reads fail. */
  outages: TimeRange[];
  failures: TimeRange[];
  /** Every so many prints one is told again with the few before it, and two change places; 0: never. */
  repeatEvery: number;
  swapEvery: number;
  /** Every so many prints one is reported so many ms late; 0: never. */
  lateEvery: number;
  lateMs: number;
}

const within = (ranges: readonly TimeRange[], at: EpochMs) =>
  ranges.some(({ from, to }) => at >= from && at < to);

/** Prints as Tradier's stream may send them: lost, repeated, in disorder, and late ones the broker itself learns of late. */
export class UnrulySource extends TapeSource {
  trouble: Trouble = {
    outages: [],
    failures: [],
    repeatEvery: 0,
    swapEvery: 0,
    lateEvery: 0,
    lateMs: 0,
  };
  /** Prints that happened and were not reported yet, of each symbol. */
  readonly #pending = new Map<string, { print: Trade; at: EpochMs }[]>();
  /** The day's volume as reported so far. */
  readonly #volumes = new Map<string, { volume: number }>();
  readonly #counts = new Map<string, number>();

  protected override failing(): Error | null {
    return within(this.trouble.failures, this.clock.market.now()) ? new Error('no answer') : super.failing();
  }

  protected override heard(symbol: string, prints: readonly Trade[]): readonly Trade[] {
    const { outages, repeatEvery, swapEvery } = this.trouble;
    const reported = this.#report(symbol, prints);
    const heard: Trade[] = [];
    for (const [n, { print, at }] of reported.entries()) {
      if (within(outages, at)) continue;
      heard.push(print);
      if (repeatEvery > 0 && n % repeatEvery === 0) heard.push(...heard.slice(-3));
      if (swapEvery > 0 && n % swapEvery === 0) heard.push(...heard.splice(-2).reverse());
    }
    return heard;
  }

  override async timesales(
    symbol: string,
    interval: '1min' | '5min' | '15min',
    start: EpochMs,
    end: EpochMs,
  ): Promise<Bar[]> {
    const bars = await super.timesales(symbol, interval, start, end);
    const width = Number.parseInt(interval, 10) * MINUTE;
    const pending = this.#unreported(symbol);
    const startOf = (at: EpochMs) => {
      const open = openSession(at)?.open ?? at;
      return open + Math.floor((at - open) / width) * width;
    };
    const unsure = new Set(pending.map(({ print }) => startOf(print.time)));
    return bars.flatMap((bar) => (unsure.has(bar.time) ? this.#asReported(symbol, bar, width) : [bar]));
  }

  /** The new prints in the order the exchange reports them, with the day's volume as it then says it. */
  #report(symbol: string, prints: readonly Trade[]): { print: Trade; at: EpochMs }[] {
    const { lateEvery, lateMs } = this.trouble;
    const now = this.clock.market.now();
    const waiting = this.#pending.get(symbol) ?? [];
    for (const print of prints) {
      const count = (this.#counts.get(symbol) ?? 0) + 1;
      this.#counts.set(symbol, count);
      const close = openSession(print.time)?.close ?? print.time;
      const isLate = lateEvery > 0 && count % lateEvery === 0;
      waiting.push({ print, at: isLate ? Math.min(print.time + lateMs, close - 1) : print.time });
    }
    const due = waiting.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    this.#pending.set(
      symbol,
      waiting.filter(({ at }) => at > now),
    );
    for (const print of prints) this.#beginDay(symbol, print);
    return due.map(({ print, at }) => {
      const day = this.#volumes.get(`${symbol} ${newYorkDate(print.time)}`);
      if (day === undefined) throw new Error('a print of a day that did not begin');
      day.volume += print.size;
      return { print: { ...print, cumulativeVolume: day.volume }, at };
    });
  }

  #unreported(symbol: string): { print: Trade; at: EpochMs }[] {
    const now = this.clock.market.now();
    return (this.#pending.get(symbol) ?? []).filter(({ at }) => at > now);
  }

  #beginDay(symbol: string, first: Trade): void {
    const key = `${symbol} ${newYorkDate(first.time)}`;
    if (!this.#volumes.has(key)) this.#volumes.set(key, { volume: first.cumulativeVolume - first.size });
  }

  #asReported(symbol: string, bar: Bar, width: number): Bar[] {
    const pending = new Set(this.#unreported(symbol).map(({ print }) => print.cumulativeVolume));
    const to = Math.min(bar.time + width - 1, this.clock.market.now());
    const known = this.exchange
      .tape(symbol, bar.time - 1, to, 100_000)
      .filter(({ cumulativeVolume }) => !pending.has(cumulativeVolume));
    const [first, last] = [known[0], known.at(-1)];
    if (first === undefined || last === undefined) return [];
    return [
      {
        ...bar,
        open: first.price,
        high: Math.max(...known.map(({ price }) => price)),
        low: Math.min(...known.map(({ price }) => price)),
        close: last.price,
        volume: known.reduce((sum, { size }) => sum + size, 0),
      },
    ];
  }
}
