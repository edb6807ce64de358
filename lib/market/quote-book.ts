import type { QuoteUpdate } from '../broker/port.ts';
import type { ElapsedMs, ElapsedTime, EpochMs, Timer } from '../domain/clock.ts';
import { messageOf, TraderError } from '../domain/errors.ts';
import type { Unsubscribe } from '../domain/events.ts';
import type { ConfirmedQuote, Quote, Trade } from '../domain/market-data.ts';
import { openSession, type Session } from './calendar.ts';
import type { MarketSource } from './market-source.ts';
import { MuteWatch } from './mute-watch.ts';
import { QuoteEntries, type QuoteEntry } from './quote-entries.ts';
import { withQuoteUpdate, withTrade } from './quote-merge.ts';
import { QuoteReads } from './quote-reads.ts';
import { type QuoteListener, QuoteWatches } from './quote-watches.ts';
import { readSymbol } from './symbols/names.ts';

/** Watched symbols the feed has not confirmed for this long are read again … */
const QUIET_MS = 4_000;
/** … all together, at most this often. */
const SWEEP_MS = 2_000;
/** Watched symbols get a whole snapshot this often: open, high, low and the previous close come with no stream. */
const SNAPSHOT_MS = 60_000;
/** A price that moves this far from one print to the next may be that of split shares: 6 for 5 is more. A logarithm. */
const SPLIT_LEAP = 0.14;
/** One whose volume began anew, or whose shares may have been split, is read again, at most this often. */
const ANEW_MS = 5_000;
/** A symbol the broker does not know is asked for again after this long. */
const UNKNOWN_MS = 60_000;
/** How long a symbol nobody watches any more stays on the stream: a redeploy asks for it again at once. */
const LINGER_MS = 5_000;

type BookBroker = Pick<
  MarketSource,
  | 'environment'
  | 'quoteDelayMs'
  | 'quotes'
  | 'watchQuotes'
  | 'quoteUpdates'
  | 'trades'
  | 'streamStates'
  | 'renewMarketStream'
>;

export interface QuoteBookOptions {
  broker: BookBroker;
  clock: { elapsed: ElapsedTime };
  log: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** How long a released symbol stays subscribed, elapsed ms; 5,000 by default. */
  lingerMs?: number;
  /** The regular session running at an instant; by the built-in calendar unless told. */
  openSession?: (at: EpochMs) => Session | null;
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
  readonly #entries: QuoteEntries;
  readonly #watches: QuoteWatches;
  /** Watched symbols the broker does not know, and until when they are left alone. */
  readonly #unknown = new Map<string, ElapsedMs>();
  readonly #reads: QuoteReads;
  readonly #mute: MuteWatch;
  readonly #leave: Unsubscribe[];
  #sweep: Timer | null = null;
  #failing = false;
  #closed = false;

  constructor(options: QuoteBookOptions) {
    this.#broker = options.broker;
    this.#elapsed = options.clock.elapsed;
    this.#log = options.log;
    this.#entries = new QuoteEntries(this.#elapsed, options.openSession ?? openSession);
    this.#mute = new MuteWatch(this.#elapsed, (reason) => this.#broker.renewMarketStream(reason));
    this.#reads = new QuoteReads({
      elapsed: this.#elapsed,
      read: (symbols) => this.#broker.quotes(symbols),
      onAnswer: (symbols, quotes, asked) => this.#answered(symbols, quotes, asked),
    });
    this.#watches = new QuoteWatches({
      elapsed: this.#elapsed,
      lingerMs: options.lingerMs ?? LINGER_MS,
      onChange: (symbols) => this.#follow(symbols),
    });
    this.#leave = [
      this.#broker.quoteUpdates.on((update) => this.#onQuote(update)),
      this.#broker.trades.on((trade) => this.#onTrade(trade)),
      this.#broker.streamStates.on((state) => {
        if (state.stream !== 'market') return;
        this.#mute.state(state);
        if (state.gap) this.#refresh(this.#watches.symbols());
      }),
    ];
  }

  /** Streams these symbols until released; the listener hears each confirmation, and at once what is known. */
  watch(symbols: string[], listener: QuoteListener): { release(): void } {
    // A listener of its own per call, so that the same function may watch twice and leave once.
    const own: QuoteListener = (quote) => listener(quote);
    const wanted = [...new Set(symbols.map(normal))];
    this.#watches.join(wanted, own);
    this.#refresh(wanted.filter((symbol) => !this.#entries.isFresh(symbol, QUIET_MS)));
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

  /** Tradier's symbols of all that somebody watches, in their order. */
  watched(): string[] {
    return this.#watches.symbols().sort();
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
    if (!this.#entries.isFresh(name, maxAgeMs)) {
      await this.#reads.read(name);
      if (this.#closed) throw new TraderError('E_ACCOUNT_CLOSED');
    }
    const entry = this.#entries.get(name);
    if (!entry)
      throw new TraderError('E_NO_QUOTE', `The broker has no quote for ${name}.`, {
        field: 'symbol',
        value: name,
      });
    this.#entries.touch(name, entry);
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
    this.#entries.trim((symbol) => this.#watches.has(symbol));
    if (symbols.length > 0) {
      this.#sweep ??= this.#elapsed.every(SWEEP_MS, () => this.#refreshQuiet());
    } else {
      this.#sweep?.cancel();
      this.#sweep = null;
    }
  }

  #onQuote(update: QuoteUpdate): void {
    this.#mute.heard();
    const entry = this.#entries.get(update.symbol);
    const quote = entry && withQuoteUpdate(entry.quote, update);
    if (quote) this.#confirm(update.symbol, quote, entry);
  }

  #onTrade(trade: Trade): void {
    this.#mute.heard();
    const entry = this.#entries.get(trade.symbol);
    const quote = entry && withTrade(entry.quote, trade);
    if (!quote) return;
    // The session's volume began anew: so did the day's other figures. A feed that counts otherwise is not asked each time.
    const { cumulativeVolume } = trade;
    const began = cumulativeVolume > 0 && cumulativeVolume < entry.quote.volume / 2;
    if (
      (began || mayBeSplit(entry.quote.last, trade.price)) &&
      this.#elapsed.now() - entry.anewAt >= ANEW_MS
    ) {
      entry.anewAt = this.#elapsed.now();
      this.#refresh([trade.symbol]);
    }
    this.#confirm(trade.symbol, quote, entry);
  }

  #confirm(symbol: string, quote: Quote, entry: QuoteEntry): void {
    this.#entries.confirm(entry, quote);
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
      // The snapshot in hand was on its way when the day's figures began anew.
      else if (entry.snapshotAt < entry.anewAt) quiet.push(symbol);
    }
    this.#refresh(quiet);
  }

  /** A reading nobody waits for: a failure only lets the ages grow. */
  #refresh(symbols: string[]): void {
    for (const symbol of symbols) {
      this.#reads.read(symbol).then(
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

  #answered(symbols: string[], quotes: Quote[], asked: ElapsedMs): void {
    if (this.#closed) return;
    const found = new Set<string>();
    for (const quote of quotes) found.add(this.#store(quote, asked));
    for (const symbol of symbols) if (!found.has(symbol)) this.#forget(symbol);
    this.#entries.trim((symbol) => this.#watches.has(symbol));
  }

  #store(snapshot: Quote, asked: ElapsedMs): string {
    const symbol = normal(snapshot.symbol);
    if (this.#entries.put(symbol, snapshot, asked) && this.#watches.has(symbol)) this.#mute.moved();
    this.#unknown.delete(symbol);
    this.#tell(symbol);
    return symbol;
  }

  #forget(symbol: string): void {
    this.#entries.delete(symbol);
    if (this.#watches.has(symbol)) this.#unknown.set(symbol, this.#elapsed.now() + UNKNOWN_MS);
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

  #shown(entry: QuoteEntry): ConfirmedQuote {
    return {
      ...entry.quote,
      ageMs: this.#elapsed.now() - entry.confirmedAt,
      delayMs: this.#broker.quoteDelayMs,
      simulated: this.#broker.environment === 'simulator',
      condition: entry.condition,
    };
  }
}

/** After a split the previous close and the day's range are told in new shares. */
function mayBeSplit(last: number | null, price: number): boolean {
  return last !== null && last > 0 && price > 0 && Math.abs(Math.log(price / last)) >= SPLIT_LEAP;
}

/** Tradier's way to write it; what cannot be a symbol is for the broker not to know. */
function normal(symbol: string): string {
  try {
    return readSymbol(symbol);
  } catch {
    return symbol.trim().toUpperCase();
  }
}
