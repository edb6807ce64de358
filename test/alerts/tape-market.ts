import type { AlertMarket, DayRange } from '../../lib/alerts/watch.ts';
import { Emitter } from '../../lib/domain/events.ts';
import type { Bar, ConfirmedQuote } from '../../lib/domain/market-data.ts';
import { type SplitRatio, splitPrice } from '../../lib/domain/shares.ts';
import type { BarService, BarSpan, BarUpdate } from '../../lib/market/bars/contract.ts';
import { type Interval, minutesOf } from '../../lib/market/bars/intervals.ts';
import { toEpoch } from '../../lib/market/calendar.ts';
import { VirtualClock } from '../account/virtual-clock.ts';

const MINUTE = 60_000;

/** One symbol's tape of prices. Quotes reach the listeners only while connected; bars know the whole tape. */
export class TapeMarket implements AlertMarket {
  readonly open = toEpoch('2026-03-02', '09:30');
  readonly clock = new VirtualClock(this.open);
  readonly log = (_level: string, message: string): void => {
    this.said.push(message);
  };
  readonly said: string[] = [];
  readonly changes = new Emitter<void>(() => {});
  readonly streamChanges = this.changes;
  connected = true;
  /** The stream is open, but quotes do not get through. */
  mute = false;
  /** Everything is told so much later than it was traded. */
  readonly delayMs: number;
  /** Readings of bars that fail before the next one works. */
  failing = 0;
  readonly #listeners = new Set<(quote: ConfirmedQuote) => void>();
  readonly #followers = new Set<() => void>();
  readonly tape: { time: number; price: number; volume: number }[] = [];

  readonly bars: BarService = {
    history: async (_symbol, interval, span) => {
      if (this.failing > 0) {
        this.failing -= 1;
        throw new Error('no bars today');
      }
      return this.#bars(interval, span);
    },
    follow: (_symbol, interval, { after }, listener) => {
      let told = after ?? this.#now();
      const look = () => {
        const until = this.#now();
        for (const bar of this.#bars(interval, { from: told + 1, to: until })) {
          if (!bar.closed || bar.time <= told) continue;
          told = bar.time;
          listener({ kind: 'closed', bar } satisfies BarUpdate);
        }
      };
      this.#followers.add(look);
      const first = this.clock.elapsed.after(0, look);
      return {
        release: () => {
          first.cancel();
          this.#followers.delete(look);
        },
      };
    },
  };

  constructor(delayMs = 0) {
    this.delayMs = delayMs;
  }

  get listeners(): number {
    return this.#listeners.size + this.#followers.size + this.changes.size;
  }

  streaming(): boolean {
    return this.connected;
  }

  barEnd(interval: Interval, time: number): number {
    return time + (minutesOf(interval) ?? 390) * MINUTE;
  }

  watchQuotes(_symbols: string[], listener: (quote: ConfirmedQuote) => void) {
    this.#listeners.add(listener);
    const last = this.tape.at(-1);
    if (last && this.connected) listener(this.#quote(last.price, last.time));
    return { release: () => void this.#listeners.delete(listener) };
  }

  /** What the broker says of the day now; null lets its reads fail. */
  day: DayRange | null | undefined | Promise<DayRange>;
  /** How often it was asked. */
  asked = 0;

  regular({ last, tradeTime }: ConfirmedQuote) {
    return last === null ? null : { price: last, at: tradeTime };
  }

  async dayOf(): Promise<DayRange | null> {
    this.asked += 1;
    if (this.day === null) throw new Error('nobody answers');
    return (await this.day) ?? null;
  }

  restated(): void {}

  close(): void {}

  /** Prices, past ones too, in new shares, as brokers tell them. */
  split(ratio: SplitRatio): void {
    for (const print of this.tape) print.price = splitPrice(print.price, ratio);
  }

  connect(connected: boolean): void {
    this.connected = connected;
    this.changes.emit();
  }

  /** The price from now on, after so many ms. */
  async trade(price: number, ms = 1_000, volume = 100): Promise<void> {
    await this.clock.advance(ms);
    this.tape.push({ time: this.#now(), price, volume });
    if (this.connected && !this.mute)
      for (const listener of [...this.#listeners]) listener(this.#quote(price, this.#now()));
    for (const look of [...this.#followers]) look();
    await this.clock.advance(0);
  }

  #bars(interval: Interval, span: BarSpan): Bar[] {
    const width = (minutesOf(interval) ?? 390) * MINUTE;
    const now = this.#now();
    const bars = new Map<number, Bar>();
    for (const { time, price, volume } of this.tape) {
      const start = this.open + Math.floor((time - this.open) / width) * width;
      const bar = bars.get(start);
      if (bar) {
        bar.high = Math.max(bar.high, price);
        bar.low = Math.min(bar.low, price);
        bar.close = price;
        bar.volume += volume;
      } else {
        const prices = { open: price, high: price, low: price, close: price };
        bars.set(start, { symbol: 'AAPL', time: start, ...prices, volume, closed: start + width <= now });
      }
    }
    const all = [...bars.values()];
    if ('from' in span) return all.filter(({ time }) => time >= span.from && time < span.to);
    return all.filter(({ time }) => time < (span.to ?? Number.POSITIVE_INFINITY)).slice(-span.count);
  }

  #quote(last: number, tradeTime: number): ConfirmedQuote {
    const { delayMs } = this;
    return { symbol: 'AAPL', last, tradeTime, ageMs: 0, delayMs, simulated: true } as ConfirmedQuote;
  }

  /** Of the feed. */
  #now(): number {
    return this.clock.market.now() - this.delayMs;
  }
}
