import type { ElapsedMs, EpochMs, Timer } from '../domain/clock.ts';
import { messageOf } from '../domain/errors.ts';
import type { Bar, ConfirmedQuote } from '../domain/market-data.ts';
import type { PriceAlert, Progress, Seen } from './alert.ts';
import { leaps } from './leap.ts';
import { LookQueue } from './look-queue.ts';
import { type Look, type PriceTest, priceTest } from './price-tests.ts';
import { type AlertMarket, comesTrue, type Watch, type WatchReport } from './watch.ts';

const MINUTE_MS = 60_000;
/** A quote that was not confirmed for so long may have gone anywhere and back. */
const QUIET_MS = 30_000;
const RETRY_MS = 2_000;
const ATTEMPTS = 5;
const MOST_WAITING = 1_000;

/** One thing to be judged: a quote, or a bar that tells what quotes did not. */
interface Sight {
  /** What it begins with; a leap is measured to it. */
  price: number;
  at: EpochMs;
  heardAt: ElapsedMs;
  /** The last price of regular hours it tells. */
  last: Seen | null;
  bar: Bar | null;
  /** The sides it shows, without those that are judged; null before the first is. */
  looks: Look[] | null;
  fired: boolean;
}

/**
 * Judges one alert on each quote. After a gap (a restart, a stream that was down, a long silence) the bars of one
 * minute since the last sure look are judged first, so that a crossing nobody saw is found, and one that was seen is
 * not found again: whatever changed the side moved the last sure look to that instant.
 */
export class QuoteWatch implements Watch {
  readonly #alert: PriceAlert;
  readonly #market: AlertMarket;
  readonly #report: WatchReport;
  readonly #test: PriceTest;
  readonly #queue: LookQueue<Sight>;
  readonly #leave: (() => void)[] = [];
  #progress: Progress;
  /** Every price since then was on this side, as far as it was heard or bars tell. */
  #sideSince: EpochMs | null;
  /** The price that leaps are measured from. */
  #price: number | null;
  #heardAt: ElapsedMs | null = null;
  /** The stream was down since the last sure look. */
  #blind: boolean;
  #retry: Timer | null = null;
  #over = false;

  constructor(alert: PriceAlert, progress: Progress, market: AlertMarket, report: WatchReport) {
    this.#alert = alert;
    this.#progress = progress;
    this.#sideSince = progress.seenAt;
    this.#price = progress.last?.price ?? null;
    this.#market = market;
    this.#report = report;
    this.#test = priceTest(alert);
    this.#queue = new LookQueue({
      elapsed: market.clock.elapsed,
      question: (sight) => this.#question(sight),
      judge: (sight) => (sight.bar === null ? this.#judge(sight) : this.#judgeBar(sight, sight.bar)),
      refused: (error) => report.refused(error),
    });
    this.#blind = progress.seenAt !== null || this.#test.warmUp > 0;
    if (this.#blind) this.#catchUp();
    const quotes = market.watchQuotes([alert.symbol], (quote) => this.#heard(quote));
    this.#leave.push(() => quotes.release());
    this.#leave.push(market.streamChanges.on(() => this.#streamChanged()));
    // The first quote is told at once, and may be all it takes.
    if (this.#over) this.release();
  }

  release(): void {
    this.#over = true;
    this.#retry?.cancel();
    this.#queue.close();
    for (const leave of this.#leave) leave();
  }

  #streamChanged(): void {
    if (!this.#market.streaming()) this.#blind = true;
    else if (this.#blind) this.#catchUp();
  }

  #heard(quote: ConfirmedQuote): void {
    const { last, delayMs, tradeTime } = quote;
    if (last === null || last <= 0 || this.#over || tradeTime <= this.#newSince()) return;
    const { clock } = this.#market;
    const { waiting } = this.#queue;
    if (waiting.length >= MOST_WAITING) {
      // Bars tell of it, once there is room again.
      this.#heardAt = Number.NEGATIVE_INFINITY;
      return;
    }
    const elapsed = clock.elapsed.now();
    const silent = this.#heardAt !== null && elapsed - this.#heardAt > QUIET_MS;
    this.#heardAt = elapsed;
    if (silent) this.#catchUp();
    const before = waiting.at(-1);
    if (before?.bar === null && before.price === last) return;
    const at = clock.market.now() - delayMs;
    const seen = this.#market.regular(quote);
    this.#queue.push({ price: last, at, heardAt: elapsed, last: seen, bar: null, looks: null, fired: false });
  }

  /** A leap is explained before it is judged. */
  #question({ price, bar }: Sight): Promise<void> | null {
    const from = this.#progress.last;
    const old = bar !== null && bar.time < this.#newSince();
    if (from === undefined || old || !leaps(this.#price ?? from.price, price)) return null;
    return this.#report.explain({ from, to: price });
  }

  #judge(sight: Sight): void {
    const { price, at } = sight;
    const first = this.#progress.seenAt === null;
    sight.looks ??= [this.#test.at(price, at)];
    const late = this.#market.clock.elapsed.now() - sight.heardAt > QUIET_MS;
    this.#step(sight.looks[0] as Look, at, late);
    if (this.#over) return;
    this.#price = price;
    const last = sight.last ?? this.#progress.last;
    if (last !== undefined) this.#progress = { ...this.#progress, last };
    // While the stream is down a look proves nothing of what lies between it and the one before.
    const sure = first || (this.#market.streaming() && !this.#blind);
    if (!sure || this.#progress.seenAt === at) return;
    this.#progress = { ...this.#progress, seenAt: at };
    this.#report.seen(this.#progress);
  }

  /** `told`: a firing has told of this already. */
  #step({ side, price }: Look, at: EpochMs, missed: boolean, told = false): void {
    const before = this.#progress;
    if (side === before.side || this.#over) return;
    const after = { ...before, side, seenAt: at };
    if (told || !comesTrue(this.#test, before.side, side)) this.#report.moved(after);
    else if (!this.#report.fired({ at, price, missed }, after)) this.release();
    this.#progress = after;
    this.#sideSince = at;
  }

  /** Quotes wait until the bars before them are judged. */
  #catchUp(): void {
    if (this.#queue.isPaused || this.#over) return;
    this.#queue.pause();
    void this.#readBars(1);
  }

  /** Never throws. */
  async #readBars(attempt: number): Promise<void> {
    const { bars, clock, log } = this.#market;
    const { symbol } = this.#alert;
    let missed: Bar[] = [];
    try {
      const now = clock.market.now();
      const { seenAt } = this.#progress;
      const from = Math.floor((seenAt ?? now) / MINUTE_MS) * MINUTE_MS;
      const { warmUp } = this.#test;
      const past = warmUp > 0 ? await bars.history(symbol, '1', { count: warmUp, to: from }) : [];
      if (seenAt !== null) missed = await bars.history(symbol, '1', { from, to: now + 1 });
      if (this.#over) return;
      for (const bar of past) if (bar.time >= this.#newSince()) this.#test.through(bar);
    } catch (error) {
      if (this.#over) return;
      if (attempt < ATTEMPTS) {
        this.#retry = clock.elapsed.after(RETRY_MS, () => void this.#readBars(attempt + 1));
        return;
      }
      log(
        'warn',
        `alert ${this.#alert.id}: what ${symbol} did in the meantime is not known: ${messageOf(error)}`,
      );
    }
    this.#blind = !this.#market.streaming();
    this.#queue.resume(missed.map((bar) => this.#sight(bar)));
  }

  #sight(bar: Bar): Sight {
    const { clock, delayMs } = this.#market;
    // A bar that still forms is as new as its answer.
    const at = bar.closed ? bar.time + MINUTE_MS : clock.market.now() - delayMs;
    const last = { price: bar.close, at: bar.time };
    const heardAt = clock.elapsed.now();
    return { price: bar.open, at, heardAt, last, bar, looks: null, fired: false };
  }

  /** At most one firing a bar: what went on inside it in which order, nobody knows. */
  #judgeBar(sight: Sight, bar: Bar): void {
    const heard = this.#quotes()[0]?.at ?? Number.POSITIVE_INFINITY;
    if (sight.looks === null) {
      const sure = this.#progress.seenAt ?? bar.time;
      if (bar.time + MINUTE_MS <= sure || bar.time > heard) return;
      // Begun with old shares.
      if (bar.time < this.#newSince()) return;
      sight.looks = this.#looks(bar, sure, heard);
    }
    const at = Math.min(heard, sight.at);
    for (let look = sight.looks[0]; look !== undefined; look = sight.looks[0]) {
      const comes = comesTrue(this.#test, this.#progress.side, look.side);
      this.#step(look, at, true, sight.fired);
      if (this.#over) return;
      sight.fired ||= comes;
      sight.looks.shift();
    }
    this.#price = bar.close;
    const seenAt = Math.max(this.#progress.seenAt ?? at, at);
    this.#progress = { ...this.#progress, seenAt, ...(sight.last ? { last: sight.last } : {}) };
    this.#report.seen(this.#progress);
  }

  /** What of a bar is certain to lie after the last sure look and before the first waiting quote. */
  #looks(bar: Bar, sure: EpochMs, heard: EpochMs): Look[] {
    // Where all that was heard of a minute lies on one side, the other one was missed.
    const whole = bar.time >= (this.#test.alone ? (this.#sideSince ?? sure) : sure);
    const ended = bar.time + MINUTE_MS <= heard;
    if (!whole && !ended) return [];
    const looks = this.#test.through(bar);
    if (ended) return whole ? looks : looks.slice(-1);
    // Extremes may have been heard as quotes: only what no quote of this bar tells was missed.
    const { wanted } = this.#test;
    const told = this.#quotes().some(({ price, at }) => wanted.includes(this.#test.at(price, at).side));
    return told ? looks.slice(0, 1) : looks.slice(0, -1);
  }

  #quotes(): Sight[] {
    return this.#queue.waiting.filter(({ bar }) => bar === null);
  }

  /** Prices and bars from before this are told in other shares. */
  #newSince(): EpochMs {
    return this.#progress.splitAt ?? Number.NEGATIVE_INFINITY;
  }
}
