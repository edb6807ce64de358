import type { TradingAccount } from '../../lib/account.ts';
import type { ConfirmedQuote, Greeks } from '../../lib/domain/market-data.ts';
import type { Lifetime } from '../kit/lifetime.ts';
import { Pace } from '../kit/pace.ts';

/** Brokers compute greeks about once an hour: asked for this often, a new computation is soon seen. */
const GREEKS_MS = 60_000;

export interface QuoteStreamParts {
  life: Lifetime;
  symbols: string[];
  throttleMs: number;
  /** Whether a quote is worth a message after the one told before of its symbol. */
  isNews(before: ConfirmedQuote | undefined, now: ConfirmedQuote): boolean;
  greeks: boolean;
  tell(quote: ConfirmedQuote, greeks: Greeks | undefined): void;
  /** Hears what is watched from now on; nothing, when it was told to stop. */
  watching(symbols: string[]): void;
  report(error: unknown): void;
}

/** The quotes of a list of symbols as they come, each symbol at its own pace. */
export class QuoteStream {
  readonly #parts: QuoteStreamParts;
  readonly #told = new Map<string, ConfirmedQuote>();
  #symbols: string[];
  #greeks: ReadonlyMap<string, Greeks> = new Map();
  #open: TradingAccount | null = null;
  #watching: Lifetime | null = null;

  constructor(parts: QuoteStreamParts) {
    this.#parts = parts;
    this.#symbols = parts.symbols;
  }

  /** The account is there, until its life ends. */
  begin(open: TradingAccount, until: Lifetime): void {
    this.#open = open;
    until.own(() => {
      this.#open = null;
      return this.#watching?.close();
    });
    this.watch(this.#symbols);
  }

  /** Watches these from now on, and no others; none ends the stream. */
  watch(symbols: string[]): void {
    this.#symbols = symbols;
    void this.#watching?.close();
    this.#watching = null;
    this.#told.clear();
    const open = this.#open;
    if (open === null) return;
    this.#parts.watching(symbols);
    if (symbols.length === 0) return;
    const until = this.#parts.life.child();
    this.#watching = until;
    if (this.#parts.greeks) this.#readGreeks(open, until);
    const pace = new Pace<ConfirmedQuote>(until, this.#parts.throttleMs, (quote) => this.#tell(quote));
    const watch = open.watchQuotes(symbols, (quote) => until.run(() => this.#offer(pace, quote)));
    until.own(() => watch.release());
  }

  /** What would not be told must not use up the symbol's turn. */
  #offer(pace: Pace<ConfirmedQuote>, quote: ConfirmedQuote): void {
    if (pace.isWaiting(quote.symbol) || this.#parts.isNews(this.#told.get(quote.symbol), quote))
      pace.offer(quote.symbol, quote);
  }

  #tell(quote: ConfirmedQuote): void {
    // While it waited for its turn the market may have come back to where it was.
    if (!this.#parts.isNews(this.#told.get(quote.symbol), quote)) return;
    this.#told.set(quote.symbol, quote);
    this.#parts.tell(quote, this.#greeks.get(quote.symbol));
  }

  #readGreeks(open: TradingAccount, until: Lifetime): void {
    let failing = false;
    const read = async () => {
      try {
        const greeks = await open.greeks.of(this.#symbols);
        if (!until.closed) this.#greeks = greeks;
        failing = false;
      } catch (error) {
        if (!failing && !until.closed) this.#parts.report(error);
        failing = true;
      }
    };
    until.run(read);
    until.every(GREEKS_MS, read);
  }
}
