import type { CalendarDay } from '../broker/port.ts';
import type { ElapsedTime, EpochMs, MarketTime, Timer } from '../domain/clock.ts';
import { messageOf } from '../domain/errors.ts';
import { allSessions, sessionOn } from './calendar.ts';
import { hoursOf, type Session, type SessionState, sessionOf } from './calendar-days.ts';
import { newYorkDate } from './exchange-time.ts';
import { FIRST_YEAR, LAST_YEAR } from './holidays.ts';
import type { MarketSource } from './market-source.ts';
import { SessionTable } from './session-table.ts';
import type { MarketDatabase } from './store/database.ts';
import type { MarketCalendar } from './trading-calendar.ts';

/** Months read around today's: last month's days may still be asked about, next month's are soon. */
const MONTHS = [-1, 0, 1] as const;
const REREAD_MS = 6 * 3_600_000;
const RETRY_MS = 60_000;

export interface BrokerCalendarParts {
  source: Pick<MarketSource, 'calendar'>;
  /** Where days are kept; null: nowhere. */
  db: MarketDatabase | null;
  clock: { elapsed: ElapsedTime; market: MarketTime };
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

/** The exchange's days as the broker tells them, kept on disk, over the built-in table. */
export class BrokerCalendar implements MarketCalendar {
  readonly #parts: BrokerCalendarParts;
  readonly #days = new Map<string, CalendarDay>();
  #table: SessionTable;
  #timer: Timer | null = null;
  #failing = false;
  /** True when days are known that could not be written. */
  #unkept = false;
  #closed = false;

  constructor(parts: BrokerCalendarParts) {
    this.#parts = parts;
    for (const day of this.#kept()) this.#days.set(day.date, day);
    this.#table = tableWith(this.#days);
  }

  /** Reads the months around today from the broker, now and regularly. Never throws: the table is the net. */
  async start(): Promise<void> {
    if (this.#closed) return;
    let wait = REREAD_MS;
    try {
      await this.refresh();
      this.#failing = false;
    } catch (error) {
      wait = RETRY_MS;
      if (!this.#failing && !this.#closed)
        this.#parts.log('warn', `The broker's calendar could not be read: ${messageOf(error)}`);
      this.#failing = true;
    }
    if (!this.#closed) this.#timer = this.#parts.clock.elapsed.after(wait, () => void this.start());
  }

  async refresh(): Promise<void> {
    const today = newYorkDate(this.#parts.clock.market.now());
    const month = Number(today.slice(0, 4)) * 12 + Number(today.slice(5, 7)) - 1;
    const asked = MONTHS.map((offset) => month + offset);
    const answers = await Promise.all(
      asked.map((one) => this.#parts.source.calendar(Math.floor(one / 12), (one % 12) + 1)),
    );
    if (!this.#closed) this.learn(answers.flat());
  }

  /** Takes what a broker says of some days. */
  learn(days: readonly CalendarDay[]): void {
    const news = days.filter((day) => JSON.stringify(this.#days.get(day.date)) !== JSON.stringify(day));
    if (news.length === 0 && !this.#unkept) return;
    for (const day of news) this.#days.set(day.date, day);
    this.#table = tableWith(this.#days);
    this.#keep(news);
  }

  /** What cannot be read is asked for anew. */
  #kept(): CalendarDay[] {
    const { db, log } = this.#parts;
    try {
      return (db?.all('SELECT listed FROM day') ?? []).map(({ listed }) => JSON.parse(String(listed)));
    } catch (error) {
      log('warn', `The calendar that was kept could not be read: ${messageOf(error)}`);
      return [];
    }
  }

  /** Days hold for this run, kept or not; all that are known are written, so that what failed once is made good. */
  #keep(news: readonly CalendarDay[]): void {
    const { db, log } = this.#parts;
    const days = this.#unkept ? [...this.#days.values()] : news;
    try {
      db?.transaction(() => {
        for (const day of days)
          db.run('INSERT OR REPLACE INTO day VALUES (:date, :listed)', {
            date: day.date,
            listed: JSON.stringify(day),
          });
      });
      this.#unkept = false;
    } catch (error) {
      if (!this.#unkept) log('warn', `The calendar could not be kept: ${messageOf(error)}`);
      this.#unkept = true;
    }
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = null;
  }

  sessionsBetween(first: string, last: string): Session[] {
    return this.#table.between(first, last);
  }

  sessionOn(date: string): Session | null {
    return this.#table.on(date);
  }

  latestSession(at: EpochMs): Session | null {
    return this.#table.latest(at);
  }

  openSession(at: EpochMs): Session | null {
    return this.#table.running(at);
  }

  nextSession(after: EpochMs): Session | null {
    return this.#table.next(after);
  }

  sessionBack(date: string, n: number): Session | null {
    return this.#table.back(date, n);
  }

  state(at: EpochMs): SessionState {
    return this.#table.state(at);
  }

  source(date: string): 'broker' | 'table' | 'unknown' {
    if (this.#days.has(date)) return 'broker';
    const year = Number(date.slice(0, 4));
    return year >= FIRST_YEAR && year <= LAST_YEAR ? 'table' : 'unknown';
  }
}

/** The built-in days with what a broker said instead; a day it lists as open without sensible hours stays as it was. */
function tableWith(days: ReadonlyMap<string, CalendarDay>): SessionTable {
  const sessions = new Map(allSessions().map((session) => [session.date, session]));
  for (const [date, day] of days) {
    const hours = hoursOf(day);
    if (day.status === 'closed') sessions.delete(date);
    else if (hours !== null) sessions.set(date, sessionOf(date, 0, hours));
    else if (sessionOn(date) === null) sessions.delete(date);
  }
  const sorted = [...sessions.values()].sort((a, b) => (a.date < b.date ? -1 : 1));
  return new SessionTable(
    sorted.map((session, index) => (session.index === index ? session : { ...session, index })),
  );
}
