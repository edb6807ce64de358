import type { ElapsedMs, EpochMs, Timer } from '../domain/clock.ts';
import type { Bar, ConfirmedQuote } from '../domain/market-data.ts';
import type { PriceAlert, Progress } from './alert.ts';
import { type Look, type PriceTest, priceTest } from './price-tests.ts';
import { type AlertMarket, comesTrue, type Watch, type WatchReport } from './watch.ts';

const MINUTE_MS = 60_000;
/** A quote that was not confirmed for so long may have gone anywhere and back. */
const QUIET_MS = 30_000;
const RETRY_MS = 2_000;
const ATTEMPTS = 5;
const MOST_WAITING = 5_000;

interface Heard {
  price: number;
  at: EpochMs;
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
  readonly #leave: (() => void)[] = [];
  #progress: Progress;
  #heardAt: ElapsedMs | null = null;
  /** Heard while the bars before them are read. */
  readonly #waiting: Heard[] = [];
  #catching = false;
  /** The stream was down since the last sure look. */
  #blind: boolean;
  #retry: Timer | null = null;
  #over = false;

  constructor(alert: PriceAlert, progress: Progress, market: AlertMarket, report: WatchReport) {
    this.#alert = alert;
    this.#progress = progress;
    this.#market = market;
    this.#report = report;
    this.#test = priceTest(alert);
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
    for (const leave of this.#leave) leave();
  }

  #streamChanged(): void {
    if (!this.#market.streaming()) this.#blind = true;
    else if (this.#blind) this.#catchUp();
  }

  #heard({ last, delayMs, tradeTime }: ConfirmedQuote): void {
    if (last === null || this.#over) return;
    const { splitAt } = this.#progress;
    // A price of shares from before a split.
    if (splitAt !== undefined && tradeTime <= splitAt) return;
    const { clock } = this.#market;
    const elapsed = clock.elapsed.now();
    const silent = this.#heardAt !== null && elapsed - this.#heardAt > QUIET_MS;
    this.#heardAt = elapsed;
    const heard = { price: last, at: clock.market.now() - delayMs };
    if (silent) this.#catchUp();
    if (!this.#catching) this.#judge(heard);
    else if (this.#waiting.at(-1)?.price !== last && this.#waiting.length < MOST_WAITING)
      this.#waiting.push(heard);
  }

  #judge({ price, at }: Heard): void {
    const first = this.#progress.seenAt === null;
    this.#step(this.#test.at(price, at), at, false);
    // While the stream is down a look proves nothing of what lies between it and the one before.
    const sure = first || (this.#market.streaming() && !this.#blind);
    if (this.#over || !sure || this.#progress.seenAt === at) return;
    this.#progress = { side: this.#progress.side, seenAt: at };
    this.#report.seen(this.#progress);
  }

  #step({ side, price }: Look, at: EpochMs, missed: boolean): void {
    const before = this.#progress;
    if (side === before.side || this.#over) return;
    this.#progress = { side, seenAt: at };
    try {
      if (!comesTrue(this.#test, before.side, side)) this.#report.moved(this.#progress);
      else if (!this.#report.fired({ at, price, missed }, this.#progress)) this.release();
    } catch (error) {
      // What could not be recorded did not happen: the next price tells it again.
      this.#progress = before;
      throw error;
    }
  }

  /** Quotes wait until the bars before them are judged. */
  #catchUp(): void {
    if (this.#catching || this.#over) return;
    this.#catching = true;
    this.#read(1);
  }

  #read(attempt: number): void {
    this.#readBars(attempt).catch((error: unknown) =>
      this.#market.log('error', `alert ${this.#alert.id}: ${words(error)}`),
    );
  }

  async #readBars(attempt: number): Promise<void> {
    const { bars, clock, log } = this.#market;
    const { symbol } = this.#alert;
    try {
      const now = clock.market.now();
      const { seenAt } = this.#progress;
      const from = Math.floor((seenAt ?? now) / MINUTE_MS) * MINUTE_MS;
      const { warmUp } = this.#test;
      const past = warmUp > 0 ? await bars.history(symbol, '1', { count: warmUp, to: from }) : [];
      const missed = seenAt === null ? [] : await bars.history(symbol, '1', { from, to: now + 1 });
      if (this.#over) return;
      for (const bar of past) this.#test.through(bar);
      for (const bar of missed) this.#judgeBar(bar);
      this.#caughtUp();
    } catch (error) {
      if (this.#over) return;
      if (attempt < ATTEMPTS) {
        this.#retry = clock.elapsed.after(RETRY_MS, () => this.#read(attempt + 1));
        return;
      }
      log(
        'warn',
        `alert ${this.#alert.id}: what ${symbol} did in the meantime is not known: ${words(error)}`,
      );
      this.#caughtUp();
    }
  }

  /** At most one firing a bar: what went on inside it in which order, nobody knows. */
  #judgeBar(bar: Bar): void {
    const sure = this.#progress.seenAt ?? bar.time;
    const end = bar.time + MINUTE_MS;
    const heard = this.#waiting[0]?.at ?? Number.POSITIVE_INFINITY;
    if (end <= sure || bar.time > heard || this.#over) return;
    // Begun with old shares.
    if (bar.time < (this.#progress.splitAt ?? Number.NEGATIVE_INFINITY)) return;
    // A bar that still forms is as new as its answer.
    const at = Math.min(heard, bar.closed ? end : this.#market.clock.market.now());
    let fired = false;
    for (const look of this.#looks(bar, sure, heard)) {
      const comes = comesTrue(this.#test, this.#progress.side, look.side);
      if (comes && fired) this.#progress = { side: look.side, seenAt: at };
      else this.#step(look, at, true);
      fired ||= comes;
    }
    if (!this.#over) this.#progress = { side: this.#progress.side, seenAt: Math.max(sure, at) };
  }

  /** What of a bar is certain to lie after the last sure look and before the first waiting quote. */
  #looks(bar: Bar, sure: EpochMs, heard: EpochMs): Look[] {
    const whole = bar.time >= sure;
    if (bar.time + MINUTE_MS <= heard)
      return whole ? this.#test.through(bar) : [this.#test.at(bar.close, bar.time)];
    if (!whole) return [];
    const [open, ...later] = this.#test.through(bar);
    // Extremes may have been heard as quotes: only what no quote of this bar tells was missed.
    const { wanted } = this.#test;
    const told = this.#waiting.some(({ price, at }) => wanted.includes(this.#test.at(price, at).side));
    return open === undefined ? [] : told ? [open] : [open, ...later.slice(0, -1)];
  }

  #caughtUp(): void {
    this.#catching = false;
    this.#blind = !this.#market.streaming();
    for (const heard of this.#waiting.splice(0)) this.#judge(heard);
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
