import type { EpochMs } from '../../domain/clock.ts';
import { inputError } from '../../domain/errors.ts';
import type { Bar, Quote } from '../../domain/market-data.ts';
import { newYorkDate, newYorkTime } from '../../market/exchange-time.ts';
import type {
  AccountProfile,
  Balances,
  BrokerOrder,
  BrokerPosition,
  CalendarDay,
  MarketClockReading,
  Security,
} from '../port.ts';
import { balancesReply, positionsReply, profileReply, sessionReply } from './account-documents.ts';
import { type Endpoints, streamUrl } from './endpoints.ts';
import { ReadError } from './failures.ts';
import {
  calendarReply,
  clockReply,
  historyReply,
  quotesReply,
  sectorReply,
  securitiesReply,
  simulatorClockReply,
  timesalesReply,
} from './market-documents.ts';
import { orderReply, ordersReply } from './order-documents.ts';
import { readOrderPages } from './order-pages.ts';
import type { Reader } from './reader.ts';

/** Symbols that fit into the query of a GET; longer lists go as a form. */
const GET_SYMBOLS = 50;
/** Symbols of one request. */
const QUOTE_SYMBOLS = 500;

/** A single-use stream session: connect within 5 minutes. */
export interface StreamSession {
  url: URL;
  sessionId: string;
}

/** Every read of the Tradier API the port needs. Throws as Reader does. */
export class TradierReads {
  readonly #reader: Reader;
  readonly #endpoints: Endpoints;
  readonly #accountId: string;
  readonly #account: string;
  #accountProven = false;

  constructor(reader: Reader, endpoints: Endpoints, accountId: string) {
    this.#reader = reader;
    this.#endpoints = endpoints;
    this.#accountId = accountId;
    this.#account = `/accounts/${encodeURIComponent(accountId)}`;
  }

  profile(): Promise<AccountProfile[]> {
    return this.#reader.read({ path: '/user/profile' }, profileReply);
  }

  async balances(): Promise<Balances> {
    const balances = await this.#reader.read({ path: `${this.#account}/balances` }, balancesReply);
    this.#accountProven = true;
    return balances;
  }

  async positions(): Promise<BrokerPosition[]> {
    const positions = await this.#reader.read({ path: `${this.#account}/positions` }, positionsReply);
    this.#accountProven = true;
    return positions;
  }

  async orders(): Promise<BrokerOrder[]> {
    const rows = await readOrderPages((page, limit) =>
      this.#reader.read(
        { path: `${this.#account}/orders?page=${page}&limit=${limit}&includeTags=true` },
        ordersReply,
      ),
    );
    this.#accountProven = true;
    return rows;
  }

  async order(id: number): Promise<BrokerOrder | null> {
    return (await this.orderTree(id)).find((row) => row.id === id) ?? null;
  }

  async orderTree(id: number): Promise<BrokerOrder[]> {
    let rows: BrokerOrder[];
    try {
      rows = await this.#reader.read({ path: `${this.#account}/orders/${id}?includeTags=true` }, orderReply);
    } catch (error) {
      if (!(error instanceof ReadError && error.notOurs)) throw error;
      // The same words answer a wrong account: only where the account is known to be ours is the order unknown.
      if (!this.#accountProven) await this.balances();
      return [];
    }
    if (!rows.some((row) => row.id === id))
      throw new ReadError('E_BROKER', `The broker answered for order ${id} with another order.`, 200);
    return rows;
  }

  async quotes(
    symbols: string[],
    { greeks = false } = {},
  ): Promise<{ quotes: Quote[]; unmatched: string[] }> {
    const wanted = [...new Set(symbols)];
    const batches: string[][] = [];
    for (let from = 0; from < wanted.length; from += QUOTE_SYMBOLS)
      batches.push(wanted.slice(from, from + QUOTE_SYMBOLS));
    const answers = await Promise.all(batches.map((batch) => this.#quoteBatch(batch, greeks)));
    return {
      quotes: answers.flatMap((answer) => answer.quotes),
      unmatched: answers.flatMap((answer) => answer.unmatched),
    };
  }

  #quoteBatch(symbols: string[], greeks: boolean): Promise<{ quotes: Quote[]; unmatched: string[] }> {
    const fields = new URLSearchParams({ symbols: symbols.join(','), greeks: String(greeks) });
    const request =
      symbols.length > GET_SYMBOLS
        ? { path: '/markets/quotes', form: fields }
        : { path: `/markets/quotes?${fields.toString()}` };
    return this.#reader.read(request, quotesReply);
  }

  async history(
    symbol: string,
    interval: 'daily' | 'weekly' | 'monthly',
    start: string,
    end: string,
  ): Promise<Bar[]> {
    const query = new URLSearchParams({ symbol, interval, start, end });
    const rows = await this.#reader.read({ path: `/markets/history?${query.toString()}` }, historyReply);
    return rows.map((row) => ({ symbol, ...row, closed: true }));
  }

  async timesales(
    symbol: string,
    interval: '1min' | '5min' | '15min',
    start: EpochMs,
    end: EpochMs,
    hours: 'regular' | 'all' = 'all',
  ): Promise<Bar[]> {
    if (!(start < end)) throw inputError('end', end, `an instant after ${start}`);
    const query = new URLSearchParams({
      symbol,
      interval,
      start: windowEdge(start),
      end: windowEdge(end),
      session_filter: hours === 'regular' ? 'open' : 'all',
    });
    const rows = await this.#reader.read({ path: `/markets/timesales?${query.toString()}` }, timesalesReply);
    // Tradier's window is by the minute and includes its end; the port's does not.
    return rows
      .filter((row) => row.time >= start && row.time < end)
      .map((row) => ({ symbol, ...row, closed: true }));
  }

  async marketClock(): Promise<MarketClockReading> {
    const request = { path: this.#endpoints.clockPath, atOrigin: true };
    if (!this.#endpoints.clockPath.startsWith('/_sim/')) {
      return { now: await this.#reader.read(request, clockReply), speed: 1, skipsClosed: false };
    }
    const clock = await this.#reader.read(request, simulatorClockReply);
    return { now: clock.now_ms, speed: clock.speed, skipsClosed: clock.skips_closed };
  }

  async calendar(year: number, month: number): Promise<CalendarDay[]> {
    return this.#reader.read({ path: `/markets/calendar?year=${year}&month=${month}` }, calendarReply);
  }

  searchSymbols(query: string): Promise<Security[]> {
    const fields = new URLSearchParams({ q: query, indexes: 'true' });
    return this.#reader.read({ path: `/markets/search?${fields.toString()}` }, securitiesReply);
  }

  lookupSymbols(query: string, only: { exchanges?: string[]; kinds?: string[] } = {}): Promise<Security[]> {
    const fields = new URLSearchParams({ q: query });
    if (only.exchanges?.length) fields.set('exchanges', only.exchanges.join(','));
    if (only.kinds?.length) fields.set('types', only.kinds.join(','));
    return this.#reader.read({ path: `/markets/lookup?${fields.toString()}` }, securitiesReply);
  }

  /** Of a beta, so it may cost nothing that is needed: one try, out of what is left of the quota. */
  companySector(symbol: string): Promise<string | null> {
    const fields = new URLSearchParams({ symbols: symbol });
    const path = `${this.#endpoints.betaPrefix}/markets/fundamentals/company?${fields.toString()}`;
    return this.#reader.read({ path, atOrigin: true, repeatable: false, spare: true }, sectorReply);
  }

  /** Opens a stream session; not repeated, because a session too many blocks the next one. */
  async openSession(stream: 'market' | 'account'): Promise<StreamSession> {
    const path = stream === 'market' ? '/markets/events/session' : '/accounts/events/session';
    const session = await this.#reader.read(
      { path, form: new URLSearchParams(), repeatable: false },
      sessionReply,
    );
    return { url: streamUrl(session.url, this.#endpoints), sessionId: session.sessionid };
  }

  /** The account these reads are about. */
  get accountId(): string {
    return this.#accountId;
  }
}

/** `YYYY-MM-DD HH:MM` in New York, as timesales wants its window. */
function windowEdge(at: number): string {
  return `${newYorkDate(at)} ${newYorkTime(at).slice(0, 5)}`;
}
