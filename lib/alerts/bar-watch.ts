import type { Timer } from '../domain/clock.ts';
import { messageOf } from '../domain/errors.ts';
import type { Bar } from '../domain/market-data.ts';
import type { BarFollow, BarUpdate } from '../market/bars/contract.ts';
import type { PriceAlert, Progress } from './alert.ts';
import { type BarTest, barTest } from './bar-tests.ts';
import { MOST_LATE_MS } from './firing.ts';
import { leaps } from './leap.ts';
import { LookQueue } from './look-queue.ts';
import { type AlertMarket, comesTrue, type Watch, type WatchReport } from './watch.ts';

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;

/**
 * Judges one alert on each closed bar, none left out: it goes on after the last bar it judged, however long ago
 * that was.
 */
export class BarWatch implements Watch {
  readonly #alert: PriceAlert;
  readonly #market: AlertMarket;
  readonly #report: WatchReport;
  readonly #test: BarTest;
  #progress: Progress;
  #bars: Bar[] = [];
  readonly #queue: LookQueue<Bar>;
  #follow: BarFollow | null = null;
  #retry: Timer | null = null;
  #over = false;

  constructor(alert: PriceAlert, progress: Progress, market: AlertMarket, report: WatchReport) {
    this.#alert = alert;
    this.#progress = progress;
    this.#market = market;
    this.#report = report;
    this.#test = barTest(alert);
    this.#queue = new LookQueue({
      elapsed: market.clock.elapsed,
      question: (bar) => this.#question(bar),
      judge: (bar) => this.#judge(bar),
      refused: (error) => report.refused(error),
    });
    void this.#start(FIRST_RETRY_MS);
  }

  release(): void {
    this.#over = true;
    this.#retry?.cancel();
    this.#queue.close();
    this.#follow?.release();
  }

  async #start(wait: number): Promise<void> {
    const { bars, clock, delayMs, log } = this.#market;
    const { id, symbol, interval } = this.#alert;
    const { seenAt } = this.#progress;
    try {
      // One more than needed: the newest may still be forming.
      const span = { count: this.#test.bars + 1, ...(seenAt === null ? {} : { to: seenAt + 1 }) };
      const past = await bars.history(symbol, interval, span);
      if (this.#over) return;
      this.#bars = past.filter(({ closed }) => closed).slice(-this.#test.bars);
      const newest = this.#bars.at(-1);
      if (seenAt === null && newest) this.#begin(newest);
      if (this.#over) return;
      // Where none closed so far, the one that forms is the first.
      const after = this.#progress.seenAt ?? (past[0]?.time ?? clock.market.now() - delayMs) - 1;
      this.#follow = bars.follow(symbol, interval, { after }, (update) => this.#heard(update));
      if (this.#over) this.#follow.release();
    } catch (error) {
      if (this.#over) return;
      log('warn', `alert ${id} waits: bars of ${symbol} cannot be read: ${messageOf(error)}`);
      const next = Math.min(wait * 2, LONGEST_RETRY_MS);
      this.#retry = clock.elapsed.after(wait, () => void this.#start(next));
    }
  }

  /** Where the market stands already is where a crossing begins. What closed before the alert was made cannot fire it. */
  #begin(newest: Bar): void {
    const side = this.#test.level ? '' : (this.#test.at(this.#bars) ?? '');
    const progress = { ...this.#progress, ...this.#judged(newest), side };
    this.#report.moved(progress);
    this.#progress = progress;
  }

  #heard({ kind, bar }: BarUpdate): void {
    if (this.#over || kind === 'forming') return;
    if (kind === 'corrected') this.#bars = this.#bars.map((one) => (one.time === bar.time ? bar : one));
    else this.#queue.push(bar);
  }

  /** A leap from one bar to the next is explained before it is judged. */
  #question(bar: Bar): Promise<void> | null {
    const from = this.#progress.last;
    return from === undefined || !leaps(from.price, bar.open)
      ? null
      : this.#report.explain({ from, to: bar.open });
  }

  #judge(bar: Bar): void {
    if (this.#progress.seenAt !== null && bar.time <= this.#progress.seenAt) return;
    const bars = [...this.#bars, bar].slice(-this.#test.bars);
    const before = this.#progress.side;
    const side = this.#test.at(bars) ?? before;
    const progress = { ...this.#progress, ...this.#judged(bar), side };
    if (side === before) this.#report.seen(progress);
    else if (!comesTrue(this.#test, before, side)) this.#report.moved(progress);
    else this.#fire(bar, progress);
    // What could not be recorded did not happen: the bar is judged again.
    this.#bars = bars;
    this.#progress = progress;
  }

  /** Its close was traded just before its end. */
  #judged({ time, close }: Bar): Pick<Progress, 'seenAt' | 'last'> {
    const end = this.#market.barEnd(this.#alert.interval, time);
    return { seenAt: time, last: { price: close, at: end - 1 } };
  }

  #fire(bar: Bar, progress: Progress): void {
    const { clock, barEnd, delayMs } = this.#market;
    const { interval } = this.#alert;
    const at = barEnd(interval, bar.time);
    const missed = clock.market.now() - delayMs - at > MOST_LATE_MS;
    if (!this.#report.fired({ at, price: bar.close, missed }, progress)) this.release();
  }
}
