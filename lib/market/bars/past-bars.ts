import type { ElapsedMs, ElapsedTime } from '../../domain/clock.ts';
import type { Bar } from '../../domain/market-data.ts';
import type { Session } from '../calendar-days.ts';
import type { DiskBarStore } from '../store/bar-store.ts';
import type { MarketCalendar } from '../trading-calendar.ts';
import type { BarReads } from './bar-reads.ts';
import type { TimeRange } from './contract.ts';
import type { Tier } from './intervals.ts';
import { joinMinutes } from './resample.ts';

/** How many sessions back, today's included, the broker keeps bars of minutes. */
const REACH = { '1': 20, '5': 40, '15': 40 } as const;
/** Sessions of one read at most; a read takes older ones along, because who pages back asks for them next. */
const TOGETHER: Record<Tier, number> = { '1': 5, '5': 20, '15': 40, D: 4_000 };
const AHEAD: Record<Tier, number> = { '1': 5, '5': 20, '15': 40, D: 504 };
/** How long it is believed that a symbol has nothing before an instant. */
const NOTHING_MS = 3_600_000;
/** How long a day's bar is not asked for again that the broker did not have. */
const NOT_YET_MS = 600_000;
/** Two statements about one close that lie further apart than this part of it: the history was adjusted. */
const ADJUSTED = 0.02;

export interface PastParts {
  store: DiskBarStore;
  reads: BarReads;
  calendar: MarketCalendar;
  elapsed: ElapsedTime;
  log: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/** Bars of sessions that are over: held ones from the store, holes read once and kept. */
export class PastBars {
  readonly #parts: PastParts;
  /** Before which session a series has nothing, and until when that is believed. */
  readonly #nothing = new Map<string, { before: number; until: ElapsedMs }>();
  /** Of which latest day a symbol has no daily bar yet. */
  readonly #notYet = new Map<string, { index: number; until: ElapsedMs }>();
  readonly #busy = new Map<string, Promise<void>>();

  constructor(parts: PastParts) {
    this.#parts = parts;
  }

  /**
   * Makes the store complete for as many of these consecutive sessions as can be had, and tells which: the newest ones
   * without a hole. `latest` is the latest session that has opened; it may be the last of them when its day is over,
   * and is left out where the broker has no bar of it yet. Throws what the reads throw.
   */
  async ensure(
    symbol: string,
    tier: Tier,
    sessions: readonly Session[],
    latest: Session,
  ): Promise<Session[]> {
    if (this.#areHeld(symbol, tier, sessions)) return [...sessions];
    const key = `${symbol} ${tier}`;
    // One after the other: the second finds what the first one read.
    for (let running = this.#busy.get(key); running; running = this.#busy.get(key))
      await running.catch(() => undefined);
    const work = this.#fill(symbol, tier, sessions, latest);
    this.#busy.set(key, work);
    try {
      await work;
    } finally {
      this.#busy.delete(key);
    }
    const isOpen = ({ index }: Session) => index === latest.index;
    const had = sessions.filter((session) => !isOpen(session) || this.#isHeld(symbol, tier, session));
    const hole = had.findLastIndex((session) => !this.#isHeld(symbol, tier, session));
    return had.slice(hole + 1);
  }

  /** The oldest session that can still be read. */
  #floor(symbol: string, tier: Tier, latest: Session): number {
    const known = this.#nothing.get(`${symbol} ${tier}`);
    const before = known !== undefined && known.until > this.#parts.elapsed.now() ? known.before : 0;
    return Math.max(before, tier === 'D' ? 0 : latest.index - REACH[tier] + 1);
  }

  async #fill(symbol: string, tier: Tier, sessions: readonly Session[], latest: Session): Promise<void> {
    const floor = this.#floor(symbol, tier, latest);
    const holes = sessions.filter(
      (session) =>
        session.index >= floor &&
        !(session.index === latest.index && this.#isNotYet(symbol, latest)) &&
        !this.#isHeld(symbol, tier, session) &&
        !this.#derive(symbol, tier, session),
    );
    const [oldest] = holes;
    if (oldest !== undefined)
      holes.unshift(...this.#ahead(symbol, tier, oldest, AHEAD[tier] - holes.length, floor));
    for (const run of runs(holes, TOGETHER[tier])) {
      if (tier === 'D' && (await this.#readDays(symbol, run, latest))) {
        await this.#fill(symbol, tier, sessions, latest);
        return;
      }
      if (tier !== 'D')
        this.#keep(symbol, tier, run, await this.#parts.reads.minutes(symbol, tier, spanOf(run)));
    }
  }

  /** So many sessions directly before one, as far as they are not held. */
  #ahead(symbol: string, tier: Tier, before: Session, most: number, floor: number): Session[] {
    const found: Session[] = [];
    for (let n = 1; n <= most; n++) {
      const session = this.#parts.calendar.sessionBack(before.date, n);
      if (session === null || session.index < floor || this.#isHeld(symbol, tier, session)) break;
      found.unshift(session);
    }
    return found;
  }

  #areHeld(symbol: string, tier: Tier, sessions: readonly Session[]): boolean {
    const [first, last] = [sessions[0], sessions.at(-1)];
    if (first === undefined || last === undefined) return true;
    return this.#parts.store.missing(symbol, tier, { from: first.open, to: last.close }).length === 0;
  }

  /** Whether the broker was asked a while ago and had no bar of this day. */
  #isNotYet(symbol: string, { index }: Session): boolean {
    const known = this.#notYet.get(symbol);
    return known !== undefined && known.index === index && known.until > this.#parts.elapsed.now();
  }

  #isHeld(symbol: string, tier: Tier, { open, close }: Session): boolean {
    return this.#parts.store.missing(symbol, tier, { from: open, to: close }).length === 0;
  }

  /** A session whose minutes are all there needs no read. */
  #derive(symbol: string, tier: Tier, session: Session): boolean {
    const { store } = this.#parts;
    if (tier === '1' || tier === 'D' || !this.#isHeld(symbol, '1', session)) return false;
    const span = { from: session.open, to: session.close };
    const bars = joinMinutes(store.read(symbol, '1', span), Number(tier), () => session);
    store.write(symbol, tier, span, bars);
    return true;
  }

  /**
   * With the session before the hole, when it is held: after a split the broker states the past otherwise, and nothing
   * held is true any more. True when that was so.
   */
  async #readDays(symbol: string, run: readonly Session[], latest: Session): Promise<boolean> {
    const { reads, store, elapsed, log } = this.#parts;
    const [first, last] = ends(run);
    const held = this.#heldBefore(symbol, 'D', first);
    const rows = await reads.days(symbol, held ?? first, last);
    if (held !== null) {
      const was = store.read(symbol, 'D', { from: held.open, to: held.close })[0];
      const is = rows.find(({ time }) => time === held.open);
      if (was && is && Math.abs(is.close - was.close) > ADJUSTED * was.close) {
        log('info', `The history of ${symbol} was adjusted; it is read anew.`);
        store.forget({ symbol });
        return true;
      }
    }
    const bars = rows.filter(({ time }) => time >= first.open);
    const isThere = last.index < latest.index || (bars.at(-1)?.time ?? 0) >= last.open;
    if (!isThere) this.#notYet.set(symbol, { index: last.index, until: elapsed.now() + NOT_YET_MS });
    const known = isThere ? run : run.slice(0, -1);
    if (known.length > 0) this.#keep(symbol, 'D', known, bars);
    return false;
  }

  #heldBefore(symbol: string, tier: Tier, session: Session): Session | null {
    const before = this.#parts.calendar.sessionBack(session.date, 1);
    return before !== null && this.#isHeld(symbol, tier, before) ? before : null;
  }

  /**
   * Remembers sessions as complete; where nothing older is held from the first that has a bar only, because what lies
   * before may only be missing today.
   */
  #keep(symbol: string, tier: Tier, run: readonly Session[], bars: readonly Bar[]): void {
    const { store, elapsed, calendar } = this.#parts;
    const oldest = bars[0];
    const [first, last] = ends(run);
    const from =
      this.#heldBefore(symbol, tier, first) !== null
        ? 0
        : run.findIndex((session) => oldest !== undefined && session.close > oldest.time);
    if (from !== 0) {
      const before = from === -1 ? last.index + 1 : (run[from] as Session).index;
      this.#nothing.set(`${symbol} ${tier}`, { before, until: elapsed.now() + NOTHING_MS });
    }
    if (from === -1) return;
    // Up to the next open, so that one day after the other becomes one range.
    const to = calendar.nextSession(last.open)?.open ?? last.close;
    store.write(symbol, tier, { from: (run[from] as Session).open, to }, bars);
  }
}

function ends(run: readonly Session[]): [Session, Session] {
  return [run[0] as Session, run.at(-1) as Session];
}

function spanOf(run: readonly Session[]): TimeRange {
  const [first, last] = ends(run);
  return { from: first.open, to: last.close };
}

/** Consecutive sessions together, at most so many. */
function runs(sessions: readonly Session[], most: number): Session[][] {
  const found: Session[][] = [];
  for (const session of sessions) {
    const run = found.at(-1);
    if (run !== undefined && run.length < most && run.at(-1)?.index === session.index - 1) run.push(session);
    else found.push([session]);
  }
  return found;
}
