import type { ElapsedMs, ElapsedTime, EpochMs, Timer } from '../lib/domain/clock.ts';
import type { Quote, Trade } from '../lib/domain/market-data.ts';
import { streamQuote, streamSummary, streamTimesale, streamTrade } from './serializer.ts';
import type { StreamConnection } from './stream-connection.ts';
import type { Venue } from './venue.ts';

/** At a fast market a watched symbol still speaks at a pace a person and a program can follow. */
const PUMP_MS = 250;
/** A quote that does not change is told again this often, as a confirmation that it still stands. */
const CONFIRM_MS = 2_000;
/**
 * Prints to one connection in one round, shared among its symbols: all there are up to about 10,000 times real time with
 * one symbol, 1,000 with ten. Of more the older ones are skipped, and their volume is in `cvol`.
 */
const PRINTS = 2_000;
/** One symbol's share is never less: enough for 150 times real time. */
const LEAST_PRINTS = 24;
/** How far back the first print of a new subscription may be. */
const LAST_PRINT_MS = 300_000;

export const MESSAGE_TYPES = ['quote', 'trade', 'summary', 'timesale', 'tradex'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

interface Watch {
  quoted: string;
  quotedAt: ElapsedMs;
  summary: string;
  tapeFrom: EpochMs;
  /** False at first: a new watch begins with the last print alone. */
  begun: boolean;
}

interface Subscriber {
  types: ReadonlySet<MessageType>;
  watches: Map<string, Watch>;
}

/** Quotes, prints and summaries of watched symbols, to every subscriber of the market stream. */
export class MarketFeed {
  readonly #venue: Venue;
  readonly #elapsed: ElapsedTime;
  readonly #onError: (error: unknown) => void;
  readonly #subscribers = new Map<StreamConnection, Subscriber>();
  #timer: Timer | undefined;
  #sequence = 0;

  constructor(venue: Venue, elapsed: ElapsedTime, onError: (error: unknown) => void) {
    this.#venue = venue;
    this.#elapsed = elapsed;
    this.#onError = onError;
  }

  /** Replaces what the connection watches; symbols it watched before go on where they are. */
  watch(connection: StreamConnection, symbols: string[], types: ReadonlySet<MessageType>): void {
    const before = this.#subscribers.get(connection)?.watches;
    const now = this.#venue.catchUp();
    const tapeFrom = now - LAST_PRINT_MS;
    const fresh = () => ({ quoted: '', quotedAt: 0, summary: '', tapeFrom, begun: false });
    const watches = new Map(symbols.map((symbol) => [symbol, before?.get(symbol) ?? fresh()]));
    this.#subscribers.set(connection, { types, watches });
    this.#timer ??= this.#elapsed.every(PUMP_MS, () => this.#pump());
    this.#pump();
  }

  leave(connection: StreamConnection): void {
    this.#subscribers.delete(connection);
    if (this.#subscribers.size === 0) this.close();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #pump(): void {
    try {
      this.#round();
    } catch (error) {
      this.#onError(error);
    }
  }

  #round(): void {
    const now = this.#venue.catchUp();
    const quotes = new Map<string, Quote | null>();
    for (const [connection, { types, watches }] of this.#subscribers) {
      if (connection.congested) continue;
      const share = Math.max(LEAST_PRINTS, Math.floor(PRINTS / watches.size));
      for (const [symbol, watch] of watches) {
        if (!quotes.has(symbol)) quotes.set(symbol, this.#venue.quote(symbol));
        const quote = quotes.get(symbol);
        if (quote) this.#tell(connection, types, quote, watch, now, share);
      }
    }
  }

  #tell(
    connection: StreamConnection,
    types: ReadonlySet<MessageType>,
    quote: Quote,
    watch: Watch,
    now: EpochMs,
    share: number,
  ): void {
    if (types.has('summary')) {
      const summary = streamSummary(quote);
      const words = JSON.stringify(summary);
      if (words !== watch.summary) connection.send(summary);
      watch.summary = words;
    }
    if (types.has('quote')) {
      const state = `${quote.bid} ${quote.bidSize} ${quote.ask} ${quote.askSize}`;
      const at = this.#elapsed.now();
      if (state !== watch.quoted || at - watch.quotedAt >= CONFIRM_MS - PUMP_MS) {
        connection.send(streamQuote(quote));
        watch.quoted = state;
        watch.quotedAt = at;
      }
    }
    if (types.has('trade') || types.has('tradex') || types.has('timesale')) {
      const most = watch.begun ? share : 1;
      for (const trade of this.#venue.exchange.tape(quote.symbol, watch.tapeFrom, now, most)) {
        this.#print(connection, types, quote, trade);
      }
    }
    watch.tapeFrom = now;
    watch.begun = true;
  }

  #print(connection: StreamConnection, types: ReadonlySet<MessageType>, quote: Quote, trade: Trade): void {
    if (types.has('trade')) connection.send(streamTrade('trade', trade));
    if (types.has('tradex')) connection.send(streamTrade('tradex', trade));
    if (types.has('timesale')) {
      this.#sequence += 1;
      connection.send(streamTimesale(trade, quote, this.#sequence));
    }
  }
}
