import type { EpochMs } from '../domain/clock.ts';
import { type SplitRatio, splitPrice, splitShares } from '../domain/shares.ts';
import { allSessions, latestSession, type Session } from '../market/calendar.ts';
import { MINUTE } from '../market/exchange-time.ts';
import { DailyTable } from './daily-table.ts';
import { Factors } from './factors.ts';
import { INSTRUMENTS, type Instrument } from './listings.ts';
import { type MinuteTape, makeMinuteTape } from './minute-tape.ts';
import { Recent } from './recent.ts';
import { type Print, type TopOfBook, topOfBook } from './top-of-book.ts';
import { makeTradingDay, type TradingDay } from './trading-day.ts';

/**
 * The simulated market as a function of the instant asked for: it has no now, and no state but caches and splits. It
 * knows the future; whoever shows it to a trader cuts it off (market-data.ts).
 */
export class Market {
  readonly seed: number;
  readonly #factors: Factors;
  readonly #instruments = new Map(INSTRUMENTS.map((item) => [item.symbol, item]));
  #days = new Recent<string, TradingDay>(1024);
  #tapes = new Recent<string, MinuteTape>(4096);
  readonly #daily = new Map<string, DailyTable>();

  constructor(seed: number) {
    this.seed = seed;
    this.#factors = new Factors(seed);
  }

  instrument(symbol: string): Instrument | null {
    return this.#instruments.get(symbol) ?? null;
  }

  /** Prices and volumes of a symbol in new shares from here on, its past too, as data vendors adjust it. */
  split(symbol: string, ratio: SplitRatio): void {
    const old = this.instrument(symbol);
    if (old === null) throw new RangeError(`${symbol} is not listed`);
    const basePrice = splitPrice(old.basePrice, ratio);
    const averageVolume = Math.max(1, Math.round(splitShares(old.averageVolume, ratio)));
    this.#instruments.set(symbol, { ...old, basePrice, averageVolume });
    this.#days = new Recent(1024);
    this.#tapes = new Recent(4096);
    this.#daily.delete(symbol);
  }

  day(instrument: Instrument, session: Session): TradingDay {
    return this.#days.get(`${instrument.symbol} ${session.index}`, () => this.#makeDay(instrument, session));
  }

  tape(day: TradingDay, minute: number): MinuteTape {
    return this.#tapes.get(`${day.instrument.symbol} ${day.session.index} ${minute}`, () =>
      makeMinuteTape(this.seed, day, minute),
    );
  }

  /** The symbol's closed days. */
  daily(instrument: Instrument): DailyTable {
    let table = this.#daily.get(instrument.symbol);
    if (table === undefined) {
      // Not through the cache of days: a reader of two years must not push out the day that trades now.
      table = new DailyTable((session) => this.#makeDay(instrument, session));
      this.#daily.set(instrument.symbol, table);
    }
    return table;
  }

  /** The latest print at or before an instant; null before the calendar begins. */
  lastPrint(instrument: Instrument, at: EpochMs): Print | null {
    const session = latestSession(at);
    if (session === null) return null;
    const day = this.day(instrument, session);
    const minute = Math.min(day.minutes - 1, Math.floor((at - session.open) / MINUTE));
    // The first print of the day is at its first instant, so there is always one in this minute or the last.
    return this.#printIn(day, minute, at) ?? this.#printIn(day, minute - 1, at);
  }

  /** Bid, ask and last at an instant; wider outside the session. null before the calendar begins. */
  top(instrument: Instrument, at: EpochMs): TopOfBook | null {
    const print = this.lastPrint(instrument, at);
    const session = latestSession(at);
    if (print === null || session === null) return null;
    // The closing match is made at the session's own spread.
    const running = at <= session.close;
    const seen = running ? at : session.close;
    return topOfBook(this.seed, instrument, print, seen, (seen - session.open) / MINUTE, running ? 1 : 3);
  }

  /** Prints with from < time <= to, newest first, until `take` says false. */
  eachPrintBack(instrument: Instrument, from: EpochMs, to: EpochMs, take: (print: Print) => boolean): void {
    for (let index = latestSession(to)?.index ?? -1; index >= 0; index--) {
      const session = allSessions()[index] as Session;
      if (session.close <= from) return;
      const day = this.day(instrument, session);
      let minute = Math.min(day.minutes - 1, Math.floor((to - session.open) / MINUTE));
      for (; minute >= 0 && session.open + (minute + 1) * MINUTE > from; minute--) {
        if (!this.#minuteBack(day, minute, from, to, take)) return;
      }
    }
  }

  #minuteBack(
    day: TradingDay,
    minute: number,
    from: EpochMs,
    to: EpochMs,
    take: (print: Print) => boolean,
  ): boolean {
    const tape = this.tape(day, minute);
    const start = day.session.open + minute * MINUTE;
    let volume = day.volumeBefore[minute + 1] as number;
    for (let i = tape.count - 1; i >= 0; i--) {
      const time = start + (tape.offset[i] as number);
      if (time <= from) return true;
      if (time <= to && !take(printAt(tape, i, time, volume))) return false;
      volume -= tape.size[i] as number;
    }
    return true;
  }

  #printIn(day: TradingDay, minute: number, at: EpochMs): Print | null {
    if (minute < 0) return null;
    const tape = this.tape(day, minute);
    const start = day.session.open + minute * MINUTE;
    let volume = day.volumeBefore[minute + 1] as number;
    for (let i = tape.count - 1; i >= 0; i--) {
      const time = start + (tape.offset[i] as number);
      if (time <= at) return printAt(tape, i, time, volume);
      volume -= tape.size[i] as number;
    }
    return null;
  }

  #makeDay(instrument: Instrument, session: Session): TradingDay {
    return makeTradingDay(this.seed, this.#factors, instrument, session);
  }
}

function printAt(tape: MinuteTape, index: number, time: EpochMs, cumulativeVolume: number): Print {
  return {
    time,
    price: tape.price[index] as number,
    size: tape.size[index] as number,
    bits: tape.bits[index] as number,
    cumulativeVolume,
  };
}
