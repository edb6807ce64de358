import type { ElapsedMs, EpochMs } from '../../domain/clock.ts';
import { DAY, HOUR } from '../exchange-time.ts';
import type { MarketCalendar } from '../trading-calendar.ts';
import { type ClockEvent, type ClockPlan, eventsBetween, nextEvents } from './clock-events.ts';

/** How far back is told what passed while nobody looked, market time. */
const MOST_BACK_MS = 7 * DAY;
/** The calendar may have learned of a day: what comes next is found anew this often. */
const RENEW_MS = 10_000;

export interface ClockFollowerParts {
  calendar: MarketCalendar;
  plan: ClockPlan;
  now(): EpochMs;
  elapsed(): ElapsedMs;
  /** Begin after this instant; now by default. */
  from?: EpochMs;
  /**
   * An event later than this by market time is missed, not told: what was due before the close must not be done after
   * it. Infinity for a simulated market, which may run fast and skips closed hours.
   */
  latestMs: number;
  tell(told: ToldEvent): void;
  missed(events: readonly ClockEvent[]): void;
}

export interface ToldEvent {
  event: ClockEvent;
  /** Market time when it was told. */
  now: EpochMs;
  /** How many it stands for: of a cron line that fell into skipped hours only the last is told. */
  standsFor: number;
}

/** Tells each event of a plan once, in order, as market time passes it; asked to look, it needs no timer of its own. */
export class ClockFollower {
  readonly #parts: ClockFollowerParts;
  #passed: EpochMs;
  #next: { event: ClockEvent | null; found: ElapsedMs } | null = null;

  constructor(parts: ClockFollowerParts) {
    this.#parts = parts;
    const now = parts.now();
    // A clock that was set back begins anew.
    this.#passed = Math.min(parts.from ?? now, now);
  }

  /** Up to when everything was told. */
  get passed(): EpochMs {
    return this.#passed;
  }

  /** What comes next; null when nothing does. */
  next(): ClockEvent | null {
    const { calendar, plan, elapsed } = this.#parts;
    if (this.#next === null || elapsed() - this.#next.found > RENEW_MS)
      this.#next = { event: nextEvents(calendar, plan, this.#passed)[0] ?? null, found: elapsed() };
    return this.#next.event;
  }

  look(): void {
    const { calendar, plan, latestMs } = this.#parts;
    const now = this.#parts.now();
    if (now < this.#passed) this.#moveTo(now);
    const next = this.next();
    if (next === null || next.at > now) return;
    const from = Math.max(this.#passed, now - MOST_BACK_MS);
    const events = eventsBetween(calendar, plan, from, now);
    this.#moveTo(now);
    const missed = events.filter(({ at }) => now - at > latestMs);
    if (missed.length > 0) this.#parts.missed(missed);
    const due = events.slice(missed.length);
    for (const told of now - from > HOUR
      ? withoutSkipped(due)
      : due.map((event) => ({ event, standsFor: 1 })))
      this.#parts.tell({ ...told, now });
  }

  #moveTo(at: EpochMs): void {
    this.#passed = at;
    this.#next = null;
  }
}

/** Of cron times outside regular hours, one after the other, only the last. */
function withoutSkipped(events: readonly ClockEvent[]): { event: ClockEvent; standsFor: number }[] {
  const kept: { event: ClockEvent; standsFor: number }[] = [];
  for (const event of events) {
    const before = kept.at(-1);
    if (before !== undefined && isIdleCron(before.event) && isIdleCron(event))
      kept[kept.length - 1] = { event, standsFor: before.standsFor + 1 };
    else kept.push({ event, standsFor: 1 });
  }
  return kept;
}

function isIdleCron({ kind, session }: ClockEvent): boolean {
  return kind === 'cron' && session === null;
}
