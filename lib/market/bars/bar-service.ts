import type { ElapsedTime, EpochMs, MarketTime, Timer } from '../../domain/clock.ts';
import { messageOf, TraderError } from '../../domain/errors.ts';
import type { Bar } from '../../domain/market-data.ts';
import type { Session } from '../calendar-days.ts';
import type { MarketSource } from '../market-source.ts';
import type { DiskBarStore } from '../store/bar-store.ts';
import { readSymbol } from '../symbols/names.ts';
import type { MarketCalendar } from '../trading-calendar.ts';
import { BarFollower } from './bar-follower.ts';
import { BarHistory } from './bar-history.ts';
import { BarReads } from './bar-reads.ts';
import { barAt } from './boundaries.ts';
import type { BarFollow, BarService, BarSpan, BarUpdate, FollowOptions, TimeRange } from './contract.ts';
import { DoubtfulMinutes } from './doubtful-minutes.ts';
import { type Interval, readInterval } from './intervals.ts';
import { LiveTape } from './live-tape.ts';
import { PacedReads } from './paced-reads.ts';
import { PastBars } from './past-bars.ts';
import { SettledTime } from './settled-time.ts';
import { TodayBars } from './today-bars.ts';

const LOOK_MS = 250;

export interface BarServiceParts {
  source: MarketSource;
  store: DiskBarStore;
  calendar: MarketCalendar;
  clock: { elapsed: ElapsedTime; market: MarketTime };
  /** Puts a symbol on the stream until released. */
  watch(symbol: string): { release(): void };
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

/** Bars of one account's market data, past and live. */
export class Bars implements BarService {
  readonly #parts: BarServiceParts;
  readonly #paced: PacedReads;
  readonly #settled: SettledTime;
  readonly #today: TodayBars;
  readonly #history: BarHistory;
  readonly #tape: LiveTape;
  readonly #doubts: DoubtfulMinutes;
  readonly #followers = new Map<string, Set<BarFollower>>();
  #looking: Timer | null = null;
  #closed = false;
  readonly #verified = new Map<string, number>();

  constructor(parts: BarServiceParts) {
    const { source, store, calendar, clock, log } = parts;
    const { elapsed } = clock;
    const now = () => this.#now();
    this.#parts = parts;
    this.#paced = new PacedReads(elapsed);
    const reads = new BarReads(source, calendar, { paced: this.#paced, elapsed });
    this.#settled = new SettledTime(elapsed, now);
    this.#tape = new LiveTape({
      source,
      store,
      elapsed,
      watch: parts.watch,
      sessionOn: (date) => calendar.sessionOn(date),
      now,
      onPrint: (symbol, proven) => this.#printed(symbol, proven),
      onDoubt: (symbol, minute) => this.#doubt(symbol, minute),
      onError: (error) => log('error', `Bars could not be kept: ${messageOf(error)}`),
    });
    const builder = (symbol: string) => this.#tape.builder(symbol);
    this.#today = new TodayBars({ store, reads, settled: this.#settled, elapsed, now, builder });
    this.#doubts = new DoubtfulMinutes({
      elapsed,
      reread: (symbol, session, minutes) => this.#reread(symbol, session, minutes),
      matters: ({ index }) => calendar.latestSession(now())?.index === index,
      onFailure: (symbol, error) =>
        log('warn', `Bars of ${symbol} could not be compared with the broker's: ${messageOf(error)}`),
    });
    const past = new PastBars({ store, reads, calendar, elapsed, log });
    this.#history = new BarHistory({ store, past, today: this.#today, calendar, now });
  }

  async history(symbol: string, interval: Interval, span: BarSpan): Promise<Bar[]> {
    if (this.#closed) throw new TraderError('E_ACCOUNT_CLOSED');
    const name = readSymbol(symbol);
    const length = readInterval(interval);
    const bars = await this.#whileOpen(this.#history.read(name, length, span));
    if (bars.at(-1)?.closed === false) this.#tape.touch(name);
    return bars;
  }

  follow(
    symbol: string,
    interval: Interval,
    options: FollowOptions,
    listener: (update: BarUpdate) => void,
  ): BarFollow {
    if (this.#closed) throw new TraderError('E_ACCOUNT_CLOSED');
    const name = readSymbol(symbol);
    const length = readInterval(interval);
    const { calendar, clock, log } = this.#parts;
    const now = this.#now();
    const from =
      options.after === undefined ? (barAt(calendar, length, now)?.from ?? now) : options.after + 1;
    const follower = new BarFollower({
      symbol: name,
      interval: length,
      forming: options.forming ?? false,
      from,
      calendar,
      now: () => this.#now(),
      elapsed: () => clock.elapsed.now(),
      read: (range, fresh) => this.#history.read(name, length, range, fresh),
      completeUntil: () => this.#atLatest((session) => this.#today.completeUntil(name, session)),
      certainUntil: () => this.#atLatest((session) => this.#today.certainUntil(session)),
      tell: (update) => this.#tell(listener, update),
      log,
    });
    const live = this.#tape.follow(name);
    this.#add(name, follower);
    follower.look();
    return {
      release: () => {
        follower.release();
        live.release();
        this.#remove(name, follower);
      },
    };
  }

  close(): void {
    this.#closed = true;
    this.#looking?.cancel();
    this.#looking = null;
    for (const followers of this.#followers.values()) for (const follower of followers) follower.release();
    this.#followers.clear();
    this.#tape.close();
    this.#doubts.close();
  }

  /** What fails because the account closed meanwhile is told as that. */
  async #whileOpen<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.#closed ? new TraderError('E_ACCOUNT_CLOSED') : error;
    }
  }

  /** A delayed feed knows the market as it was then. */
  #now(): EpochMs {
    return this.#parts.clock.market.now() - this.#parts.source.quoteDelayMs;
  }

  #atLatest(of: (session: Session) => EpochMs): EpochMs {
    const latest = this.#parts.calendar.latestSession(this.#now());
    if (latest === null) return Number.NEGATIVE_INFINITY;
    // What lies before the latest session is read whole, or not told.
    return Math.max(latest.open, of(latest));
  }

  #add(symbol: string, follower: BarFollower): void {
    const followers = this.#followers.get(symbol) ?? new Set();
    this.#followers.set(symbol, followers.add(follower));
    this.#looking ??= this.#parts.clock.elapsed.every(LOOK_MS, () => this.#lookAll());
  }

  #remove(symbol: string, follower: BarFollower): void {
    const followers = this.#followers.get(symbol);
    followers?.delete(follower);
    if (followers?.size === 0) this.#followers.delete(symbol);
    if (this.#followers.size > 0) return;
    this.#looking?.cancel();
    this.#looking = null;
  }

  #lookAll(): void {
    this.#settled.now();
    for (const [symbol, followers] of this.#followers) {
      this.#verify(symbol);
      for (const follower of followers) follower.look();
    }
  }

  #printed(symbol: string, proven: boolean): void {
    for (const follower of this.#followers.get(symbol) ?? []) {
      follower.printed();
      if (proven) follower.look();
    }
  }

  /** Once after each close the whole session is compared with what the broker then says of it. */
  #verify(symbol: string): void {
    const latest = this.#parts.calendar.latestSession(this.#now());
    if (latest === null || this.#verified.get(symbol) === latest.index || !this.#paced.isIdle) return;
    if (this.#now() < latest.close || this.#today.completeUntil(symbol, latest) < latest.close) return;
    this.#verified.set(symbol, latest.index);
    this.#doubts.add(symbol, latest, { from: latest.open, to: latest.close });
  }

  #doubt(symbol: string, minute: TimeRange): void {
    const session = this.#parts.calendar.latestSession(minute.from);
    if (session !== null) this.#doubts.add(symbol, session, minute);
  }

  async #reread(symbol: string, session: Session, minutes: TimeRange): Promise<void> {
    if (!(await this.#today.reread(symbol, session, minutes))) return;
    for (const follower of this.#followers.get(symbol) ?? []) await follower.corrected(minutes);
  }

  #tell(listener: (update: BarUpdate) => void, update: BarUpdate): void {
    try {
      listener(update);
    } catch (error) {
      this.#parts.log('error', `A listener to bars failed: ${messageOf(error)}`);
    }
  }
}
