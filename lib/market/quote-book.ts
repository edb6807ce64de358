import type { Broker, QuoteUpdate } from '../broker/port.ts';
import type { ElapsedMs, ElapsedTime, Timer } from '../domain/clock.ts';
import { TraderError } from '../domain/errors.ts';
import type { Unsubscribe } from '../domain/events.ts';
import type { ConfirmedQuote, Quote, Trade } from '../domain/market-data.ts';
import { withQuoteUpdate, withSnapshot, withTrade } from './quote-merge.ts';
import { type QuoteListener, QuoteWatches } from './quote-watches.ts';

/** Watched symbols the feed has not confirmed for this long are read again … */
const QUIET_MS = 4_000;
/** … all together, at most this often. */
const SWEEP_MS = 2_000;
/** Watched symbols get a whole snapshot this often: open, high, low and the previous close come with no stream. */
const SNAPSHOT_MS = 60_000;
/** A symbol the broker does not know is asked for again after this long. */
const UNKNOWN_MS = 60_000;
/** How long a symbol nobody watches any more stays on the stream: a redeploy asks for it again at once. */
const LINGER_MS = 5_000;
const MAX_ENTRIES = 500;

type BookBroker = Pick<
  Broker,
  'environment' | 'quoteDelayMs' | 'quotes' | 'watchQuotes' | 'quoteUpdates' | 'trades' | 'streamStates'
>;

export interface QuoteBookOptions {
  broker: BookBroker;
  clock: { elapsed: ElapsedTime };
  log: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** How long a released symbol stays subscribed, elapsed ms; 5,000 by default. */
  lingerMs?: number;
}

interface Entry {
  quote: Quote;
  /** When the feed last confirmed it. A REST answer counts from its question, so an age is never understated. */
  confirmedAt: ElapsedMs;
  /** When the stream last said something about it. */
  streamedAt: ElapsedMs;
  /** When its last snapshot was asked for. */
  snapshotAt: ElapsedMs;
}

/**
 * The newest quote of every symbol somebody is interested in, with how long ago the feed confirmed it: one
 * subscription per symbol however many ask, snapshots by REST, changes by stream, and a fresh reading wherever the
 * stream is silent. Age is about confirmation, not about when the price last changed.
 */
export class QuoteBook {
  readonly #broker: BookBroker;
  readonly #elapsed: ElapsedTime;
  readonly #log: QuoteBookOptions['log'];
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  readonly #watches: QuoteWatches;
  /** Watched symbols the broker does not know, and until when they are left alone. */
  readonly #unknown = new Map<string, ElapsedMs>();
  readonly #reading = new Map<string, Promise<void>>();
  readonly #leave: Unsubscribe[];
  #next: { symbols: Set<string>; done: Promise<void> } | null = null;
  #sweep: Timer | null = null;
  #failing = false;
  #closed = false;

  constructor(options: QuoteBookOptions) {
    this.#broker = options.broker;
    this.#elapsed = options.clock.elapsed;
    this.#log = options.log;
    this.#watches = new QuoteWatches({
      elapsed: this.#elapsed,
      lingerMs: options.lingerMs ?? LINGER_MS,
      onChange: (symbols) => this.#follow(symbols),
    });
    this.#leave = [
      this.#broker.quoteUpdates.on((update) => this.#onQuote(update)),
      this.#broker.trades.on((trade) => this.#onTrade(trade)),
      this.#broker.streamStates.on((state) => {
        if (state.stream === 'market' && state.gap) this.#refresh(this.#watches.symbols());
      }),
    ];
  }

  /** Streams these symbols until released; the listener hears each confirmation, and at once what is known. */
  watch(symbols: string[], listener: QuoteListener): { release(): void } {
    // A listener of its own per call, so that the same function may watch twice and leave once.
    const own: QuoteListener = (quote) => listener(quote);
    const wanted = [...new Set(symbols.map(normal))];
    this.#watches.join(wanted, own);
    this.#refresh(wanted.filter((symbol) => !this.#isFresh(symbol, QUIET_MS)));
    for (const symbol of wanted) this.#tell(symbol, [own]);
    let released = false;
    return {
      release: () => {
        if (released) return;
        released = true;
        this.#watches.leave(wanted, own);
      },
    };
  }

  /** What is known now, without asking anyone; null when nothing is. */
  peek(symbol: string): { quote: Quote; ageMs: number } | null {
    const entry = this.#entries.get(symbol) ?? this.#entries.get(normal(symbol));
    return entry ? { quote: entry.quote, ageMs: this.#elapsed.now() - entry.confirmedAt } : null;
  }

  /**
   * A quote confirmed within maxAgeMs: the known one, or one read now; asks at the same time share one request.
   * Throws E_NO_QUOTE for a symbol the broker does not know, and what the broker's read throws.
   */
  async confirmed(symbol: string, maxAgeMs: number): Promise<ConfirmedQuote> {
    const name = normal(symbol);
    if (!this.#isFresh(name, maxAgeMs)) {
      await this.#read(name);
      if (this.#closed) throw new TraderError('E_ACCOUNT_CLOSED');
    }
    const entry = this.#entries.get(name);
    if (!entry)
      throw new TraderError('E_NO_QUOTE', `The broker has no quote for ${name}.`, {
        field: 'symbol',
        value: name,
      });
    this.#touch(name, entry);
    return this.#shown(entry);
  }

  close(): void {
    this.#closed = true;
    for (const leave of this.#leave) leave();
    this.#sweep?.cancel();
    this.#sweep = null;
    if (this.#watches.size > 0) this.#broker.watchQuotes([]);
    this.#watches.close();
    this.#entries.clear();
  }

  #follow(symbols: string[]): void {
    this.#broker.watchQuotes(symbols);
    for (const symbol of this.#unknown.keys()) if (!this.#watches.has(symbol)) this.#unknown.delete(symbol);
    this.#trim();
    if (symbols.length > 0) {
      this.#sweep ??= this.#elapsed.every(SWEEP_MS, () => this.#refreshQuiet());
    } else {
      this.#sweep?.cancel();
      this.#sweep = null;
    }
  }

  #onQuote(update: QuoteUpdate): void {
    const entry = this.#entries.get(update.symbol);
    const quote = entry && withQuoteUpdate(entry.quote, update);
    if (quote) this.#confirm(update.symbol, quote, entry);
  }

  #onTrade(trade: Trade): void {
    const entry = this.#entries.get(trade.symbol);
    const quote = entry && withTrade(entry.quote, trade);
    if (!quote) return;
    // The session's volume began anew: so did the day's other figures.
    if (trade.cumulativeVolume < entry.quote.volume / 2) this.#refresh([trade.symbol]);
    this.#confirm(trade.symbol, quote, entry);
  }

  #confirm(symbol: string, quote: Quote, entry: Entry): void {
    entry.quote = quote;
    entry.confirmedAt = this.#elapsed.now();
    entry.streamedAt = entry.confirmedAt;
    this.#tell(symbol);
  }

  /** Reads what was watched but not confirmed for a while: quiet symbols do not tick on a real feed. */
  #refreshQuiet(): void {
    const now = this.#elapsed.now();
    const quiet: string[] = [];
    for (const symbol of this.#watches.symbols()) {
      if ((this.#unknown.get(symbol) ?? 0) > now) continue;
      const entry = this.#entries.get(symbol);
      if (!entry || now - entry.confirmedAt > QUIET_MS || now - entry.snapshotAt > SNAPSHOT_MS)
        quiet.push(symbol);
    }
    this.#refresh(quiet);
  }

  /** A reading nobody waits for: a failure only lets the ages grow. */
  #refresh(symbols: string[]): void {
    for (const symbol of symbols) {
      this.#read(symbol).then(
        () => {
          this.#failing = false;
        },
        (error: unknown) => {
          if (!this.#failing && !this.#closed)
            this.#log('warn', `Quotes could not be read: ${messageOf(error)}`);
          this.#failing = true;
        },
      );
    }
  }

  /** Joins a reading of this symbol that is under way, or else the one that leaves at the end of this turn. */
  #read(symbol: string): Promise<void> {
    const running = this.#reading.get(symbol);
    if (running) return running;
    if (this.#next === null) {
      const symbols = new Set<string>();
      const done = Promise.resolve().then(() => this.#request([...symbols]));
      this.#next = { symbols, done };
    }
    this.#next.symbols.add(symbol);
    this.#reading.set(symbol, this.#next.done);
    return this.#next.done;
  }

  async #request(symbols: string[]): Promise<void> {
    this.#next = null;
    const asked = this.#elapsed.now();
    try {
      const { quotes } = await this.#broker.quotes(symbols);
      if (this.#closed) return;
      const found = new Set<string>();
      for (const quote of quotes) found.add(this.#store(quote, asked));
      for (const symbol of symbols) if (!found.has(symbol)) this.#forget(symbol);
      this.#trim();
    } finally {
      for (const symbol of symbols) this.#reading.delete(symbol);
    }
  }

  #store(snapshot: Quote, asked: ElapsedMs): string {
    const symbol = normal(snapshot.symbol);
    const entry = this.#entries.get(symbol);
    if (!entry) {
      this.#entries.set(symbol, {
        quote: snapshot,
        confirmedAt: asked,
        streamedAt: Number.NEGATIVE_INFINITY,
        snapshotAt: asked,
      });
    } else {
      // What the stream said while the answer was on its way is newer than the answer.
      entry.quote = entry.streamedAt > asked ? withSnapshot(entry.quote, snapshot) : snapshot;
      entry.confirmedAt = Math.max(entry.confirmedAt, asked);
      entry.snapshotAt = asked;
      this.#touch(symbol, entry);
    }
    this.#unknown.delete(symbol);
    this.#tell(symbol);
    return symbol;
  }

  #forget(symbol: string): void {
    this.#entries.delete(symbol);
    if (this.#watches.has(symbol)) this.#unknown.set(symbol, this.#elapsed.now() + UNKNOWN_MS);
  }

  #touch(symbol: string, entry: Entry): void {
    this.#entries.delete(symbol);
    this.#entries.set(symbol, entry);
  }

  #trim(): void {
    if (this.#entries.size <= MAX_ENTRIES) return;
    for (const symbol of this.#entries.keys()) {
      if (!this.#watches.has(symbol)) this.#entries.delete(symbol);
      if (this.#entries.size <= MAX_ENTRIES) return;
    }
  }

  #isFresh(symbol: string, maxAgeMs: number): boolean {
    const entry = this.#entries.get(symbol);
    return entry !== undefined && this.#elapsed.now() - entry.confirmedAt <= maxAgeMs;
  }

  #tell(symbol: string, listeners: QuoteListener[] = this.#watches.listeners(symbol)): void {
    const entry = this.#entries.get(symbol);
    if (!entry) return;
    const shown = this.#shown(entry);
    for (const listener of listeners) {
      try {
        listener(shown);
      } catch (error) {
        this.#log('error', `A quote listener failed: ${messageOf(error)}`);
      }
    }
  }

  #shown(entry: Entry): ConfirmedQuote {
    return {
      ...entry.quote,
      ageMs: this.#elapsed.now() - entry.confirmedAt,
      delayMs: this.#broker.quoteDelayMs,
      simulated: this.#broker.environment === 'simulator',
    };
  }
}

function normal(symbol: string): string {
  return symbol.trim().toUpperCase();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
