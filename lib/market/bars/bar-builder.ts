import type { EpochMs } from '../../domain/clock.ts';
import type { Bar, Trade } from '../../domain/market-data.ts';
import type { Session } from '../calendar-days.ts';
import { DAY, MINUTE, newYorkDate, toEpoch } from '../exchange-time.ts';
import { Ranges } from '../store/ranges.ts';
import type { TimeRange } from './contract.ts';

/** What a print did to what is known. */
export interface Built {
  /** Minutes that this print proves complete: it continues the tape and lies after them. */
  proven: TimeRange | null;
  /** A minute before the newest print's that this late one belongs into: where it is held it must be read again. */
  doubtful: TimeRange | null;
}

const NOTHING: Built = { proven: null, doubtful: null };

/** A bar and when its first and its last print were. */
interface Minute {
  bar: Bar;
  first: EpochMs;
  last: EpochMs;
}

/** One New York date: the day's volume counts from zero in it. */
interface Day {
  from: EpochMs;
  to: EpochMs;
  session: Session;
}

/**
 * One-minute bars of one symbol from its prints. The day's volume after each print tells whether any was missed: only
 * where each print begins at the volume the one before it ended with are the minutes between them proven. What a
 * stream repeats changes nothing; where it left something out, those minutes are never proven and must be read.
 */
export class BarBuilder {
  readonly #symbol: string;
  readonly #sessionOn: (date: string) => Session | null;
  readonly #minutes = new Map<EpochMs, Minute>();
  #proven = new Ranges();
  #day: Day | null = null;
  /** The day's volume after the newest print. */
  #volume = 0;
  /** The newest instant any print had. */
  #seen: EpochMs = Number.NEGATIVE_INFINITY;
  /** Since when no print is missing. */
  #wholeSince: EpochMs = Number.POSITIVE_INFINITY;

  constructor(symbol: string, sessionOn: (date: string) => Session | null) {
    this.#symbol = symbol;
    this.#sessionOn = sessionOn;
  }

  /** @param heard market time by which it was heard; by default at once */
  add(trade: Trade, heard: EpochMs = trade.time): Built {
    const { time, price, size, cumulativeVolume } = trade;
    if (!(size > 0) || !(price > 0)) return NOTHING;
    if (this.#day === null || time >= this.#day.to) this.#begin(time);
    const day = this.#day;
    // A print of an earlier day, and one whose volume was already counted, is a repetition.
    if (day === null || time < day.from) return NOTHING;
    if (cumulativeVolume > 0 && cumulativeVolume <= this.#volume) return NOTHING;
    const minute = minuteOf(day, time);
    const continues = cumulativeVolume > 0 && cumulativeVolume - size === this.#volume;
    // What was missed may lie anywhere up to now, in this minute too: the print itself may be one that came late.
    if (!continues) this.#wholeSince = minuteOf(day, Math.max(time, this.#seen, heard)) + MINUTE;
    const inside = time >= day.session.open && time < day.session.close;
    const late = inside && minute < minuteOf(day, this.#seen);
    if (inside) this.#print(minute, trade);
    if (cumulativeVolume > 0) this.#volume = cumulativeVolume;
    const newer = time > this.#seen;
    if (newer) this.#seen = time;
    return {
      proven: newer ? this.#prove(day) : null,
      doubtful: late ? { from: minute, to: minute + MINUTE } : null,
    };
  }

  /** The bars of these minutes as far as their prints were heard, proven (`closed`) or not, oldest first. */
  bars({ from, to }: TimeRange): Bar[] {
    const found: Bar[] = [];
    for (const { bar } of this.#minutes.values()) {
      if (bar.time < from || bar.time >= to) continue;
      found.push({ ...bar, closed: this.#proven.holds({ from: bar.time, to: bar.time + MINUTE }) });
    }
    return found.sort((a, b) => a.time - b.time);
  }

  /** True when every print of the session since this instant was heard, as far as prints themselves can tell. */
  isWholeSince(at: EpochMs): boolean {
    return this.#day !== null && at >= this.#day.session.open && this.#wholeSince <= at;
  }

  #begin(time: EpochMs): void {
    const date = newYorkDate(time);
    const session = this.#sessionOn(date);
    if (session === null) return;
    const from = toEpoch(date);
    this.#day = { from, to: toEpoch(newYorkDate(from + DAY + 2 * 60 * MINUTE)), session };
    this.#minutes.clear();
    this.#proven = new Ranges();
    this.#volume = 0;
    this.#seen = from;
    // The volume counts from zero: a first print that begins there is the first there was.
    this.#wholeSince = session.open;
  }

  /** What became proven: everything whole and before the newest print's minute. */
  #prove(day: Day): TimeRange | null {
    const { open, close } = day.session;
    const whole = {
      from: Math.max(this.#wholeSince, open),
      to: Math.min(minuteOf(day, this.#seen), close),
    };
    if (whole.from >= whole.to) return null;
    const from = this.#proven.missing(whole)[0]?.from;
    if (from === undefined) return null;
    const proven = { from, to: whole.to };
    this.#proven.add(proven);
    return proven;
  }

  #print(start: EpochMs, { time, price, size }: Trade): void {
    const minute = this.#minutes.get(start);
    if (minute === undefined) {
      const figures = { open: price, high: price, low: price, close: price, volume: size };
      const bar = { symbol: this.#symbol, time: start, ...figures, closed: false };
      this.#minutes.set(start, { bar, first: time, last: time });
      return;
    }
    const { bar } = minute;
    if (price > bar.high) bar.high = price;
    if (price < bar.low) bar.low = price;
    bar.volume += size;
    // Of two at the same instant the one reported last was the last.
    if (time >= minute.last) {
      bar.close = price;
      minute.last = time;
    } else if (time < minute.first) {
      bar.open = price;
      minute.first = time;
    }
  }
}

/** The start of the minute, counted from the session's open. */
function minuteOf({ session }: Day, at: EpochMs): EpochMs {
  return session.open + Math.floor((at - session.open) / MINUTE) * MINUTE;
}
