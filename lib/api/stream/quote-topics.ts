import type { ElapsedMs, ElapsedTime } from '../../domain/clock.ts';
import { inputError, TraderError } from '../../domain/errors.ts';
import type { ConfirmedQuote } from '../../domain/market-data.ts';
import type { TradingAccount } from '../../trading-account.ts';
import { quoteView } from '../view.ts';
import { quotesText, type StreamClient } from './client.ts';
import { textFrame } from './frame.ts';
import { BOUNDS, errorText } from './protocol.ts';

interface Topic {
  clients: Set<StreamClient>;
  watch: { release(): void } | null;
  /** Counts the quotes that were told. */
  seq: number;
  newest: ConfirmedQuote | null;
  /** The newest as JSON. */
  data: string;
  heardAt: ElapsedMs;
}

const RECENT_MS = 5_000;
const PATIENCE_MS = 2_000;

/** One watch for each symbol, however many clients follow it; each new quote is put into words once. */
export class QuoteTopics {
  readonly #elapsed: ElapsedTime;
  readonly #topics = new Map<string, Topic>();
  #account: TradingAccount | null = null;

  constructor(elapsed: ElapsedTime) {
    this.#elapsed = elapsed;
  }

  /** Follows another account, or none for now; the clients stay. */
  bind(account: TradingAccount | null): void {
    this.#account = account;
    for (const [symbol, topic] of [...this.#topics]) {
      this.#watch(symbol, topic);
      if (topic.newest === null) for (const client of [...topic.clients]) this.#doubt(client, symbol);
    }
  }

  get size(): number {
    return this.#topics.size;
  }

  /** How long the quietest symbol was not confirmed; null while there is none. */
  oldestMs(): number | null {
    const now = this.#elapsed.now();
    const ages = [...this.#topics.values()].flatMap(({ newest, heardAt }) =>
      newest === null ? [] : [now - heardAt + newest.ageMs],
    );
    return ages.length === 0 ? null : Math.max(...ages);
  }

  /** Throws E_INPUT beyond a bound, and then nothing was added. */
  check(client: StreamClient, symbols: readonly string[]): void {
    const added = symbols.filter((symbol) => !client.symbols.has(symbol));
    const wanted = client.symbols.size + added.length;
    if (wanted > BOUNDS.symbols)
      throw inputError('symbols', wanted, `at most ${BOUNDS.symbols} symbols a client`);
    const all = this.#topics.size + added.filter((symbol) => !this.#topics.has(symbol)).length;
    if (all > BOUNDS.allSymbols)
      throw inputError('symbols', all, `at most ${BOUNDS.allSymbols} symbols of all clients together`);
  }

  /** What is known of each now, in one message; then every change. */
  join(client: StreamClient, symbols: readonly string[]): void {
    const known: [string, { seq: number; data: string }][] = [];
    for (const symbol of symbols) {
      const topic = this.#topics.get(symbol) ?? this.#open(symbol);
      client.symbols.add(symbol);
      if (topic.newest !== null) known.push([symbol, topic]);
      topic.clients.add(client);
    }
    if (known.length > 0) client.tell(quotesText(known, ',"snapshot":true'));
    for (const symbol of symbols) if (this.#topics.get(symbol)?.newest === null) this.#doubt(client, symbol);
  }

  /**
   * Those of the symbols that the broker does not know. One it cannot say anything about for now, or not within
   * two seconds, counts as known: quotes of it may still come.
   */
  async unknown(symbols: readonly string[]): Promise<string[]> {
    const account = this.#account;
    const asked = symbols.filter((symbol) => (this.#topics.get(symbol)?.newest ?? null) === null);
    if (account === null || asked.length === 0) return [];
    const missing = new Set<string>();
    const ask = async (symbol: string) => {
      try {
        await account.quote(symbol, RECENT_MS);
      } catch (error) {
        if (error instanceof TraderError && error.code === 'E_NO_QUOTE') missing.add(symbol);
      }
    };
    const patience = new AbortController();
    await Promise.race([
      Promise.all(asked.map(ask)),
      this.#elapsed.sleep(PATIENCE_MS, patience.signal).catch(() => undefined),
    ]);
    patience.abort();
    return [...missing];
  }

  leave(client: StreamClient, symbols: readonly string[]): void {
    for (const symbol of symbols) {
      client.symbols.delete(symbol);
      client.forget(symbol);
      const topic = this.#topics.get(symbol);
      if (!topic?.clients.delete(client) || topic.clients.size > 0) continue;
      topic.watch?.release();
      this.#topics.delete(symbol);
    }
  }

  /** One that was taken for known and says nothing may not exist after all: then who asked for it is told. */
  #doubt(client: StreamClient, symbol: string): void {
    this.#account?.quote(symbol, RECENT_MS).catch((error: unknown) => {
      if (!(error instanceof TraderError) || error.code !== 'E_NO_QUOTE') return;
      if (!client.symbols.has(symbol)) return;
      this.leave(client, [symbol]);
      client.tell(errorText(inputError('symbols', symbol, 'a symbol the broker knows')));
    });
  }

  close(): void {
    for (const topic of this.#topics.values()) topic.watch?.release();
    this.#topics.clear();
  }

  #open(symbol: string): Topic {
    const topic: Topic = {
      clients: new Set(),
      watch: null,
      seq: 0,
      newest: null,
      data: '',
      heardAt: this.#elapsed.now(),
    };
    this.#topics.set(symbol, topic);
    this.#watch(symbol, topic);
    return topic;
  }

  #watch(symbol: string, topic: Topic): void {
    topic.watch?.release();
    topic.watch = this.#account?.watchQuotes([symbol], (quote) => this.#heard(topic, quote)) ?? null;
  }

  #heard(topic: Topic, quote: ConfirmedQuote): void {
    const before = topic.newest;
    topic.newest = quote;
    topic.heardAt = this.#elapsed.now();
    // A reading that only confirms what is known is no news.
    if (before !== null && same(before, quote)) return;
    topic.seq += 1;
    topic.data = JSON.stringify(quoteView(quote));
    if (topic.clients.size === 0) return;
    const { seq, data } = topic;
    const frame = textFrame(`{"type":"quote","seq":${seq},"data":${data}}`);
    for (const client of topic.clients) client.offerQuote(quote.symbol, seq, data, frame);
  }
}

function same(a: ConfirmedQuote, b: ConfirmedQuote): boolean {
  return (
    a.last === b.last &&
    a.bid === b.bid &&
    a.ask === b.ask &&
    a.volume === b.volume &&
    a.bidSize === b.bidSize &&
    a.askSize === b.askSize &&
    a.previousClose === b.previousClose &&
    a.close === b.close &&
    a.condition === b.condition
  );
}
