import type { TradingAccount } from '../../lib/account.ts';
import type { ConfirmedQuote, Greeks } from '../../lib/domain/market-data.ts';
import { isUnknown, type Missing, unknownSymbols } from '../kit/followed-symbols.ts';
import type { Lifetime } from '../kit/lifetime.ts';
import { Pace } from '../kit/pace.ts';

/** Brokers compute greeks about once an hour: asked for this often, a new computation is soon seen. */
const GREEKS_MS = 60_000;
/** Streaming asks of nobody whether a symbol exists: that is asked for, and again where no answer came. */
const ASK_AGAIN_MS = 5_000;
const RECENT_MS = 5_000;

export interface QuoteStreamParts {
  life: Lifetime;
  symbols: string[];
  throttleMs: number;
  /** Whether a quote is worth a message after the one told before of its symbol. */
  isNews(before: ConfirmedQuote | undefined, now: ConfirmedQuote): boolean;
  greeks: boolean;
  tell(quote: ConfirmedQuote, greeks: Greeks | undefined): void;
  /** Hears what is watched from now on, nothing when it was told to stop, and what of it is missing. */
  watching(symbols: string[], missing: Missing): void;
  report(error: unknown): void;
}

/** The quotes of a list of symbols as they come, each symbol at its own pace. */
export class QuoteStream {
  readonly #parts: QuoteStreamParts;
  readonly #told = new Map<string, ConfirmedQuote>();
  #symbols: string[];
  /** Of those watched, what the broker does not know; and what of it was told already. */
  readonly #missing = new Map<string, 'unknown'>();
  readonly #reported = new Set<string>();
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
    this.#follow();
  }

  /** Watches these from now on, and no others; none ends the stream. */
  watch(symbols: string[]): void {
    this.#symbols = symbols;
    // Named again, one that is unknown is told again.
    this.#reported.clear();
    this.#follow();
  }

  #follow(): void {
    const symbols = this.#symbols;
    void this.#watching?.close();
    this.#watching = null;
    this.#told.clear();
    this.#missing.clear();
    const open = this.#open;
    if (open === null) return;
    this.#parts.watching(symbols, this.#missing);
    if (symbols.length === 0) return;
    const until = this.#parts.life.child();
    this.#watching = until;
    if (this.#parts.greeks) this.#readGreeks(open, until);
    const pace = new Pace<ConfirmedQuote>(until, this.#parts.throttleMs, (quote) => this.#tell(quote));
    const watch = open.watchQuotes(symbols, (quote) => until.run(() => this.#offer(pace, quote)));
    until.own(() => watch.release());
    until.run(() => this.#findUnknown(open, until, symbols));
  }

  async #findUnknown(open: TradingAccount, until: Lifetime, symbols: readonly string[]): Promise<void> {
    const answers = await Promise.allSettled(symbols.map((symbol) => open.quote(symbol, RECENT_MS)));
    if (until.closed) return;
    const failed = (fits: (error: unknown) => boolean) =>
      symbols.filter((_, place) => {
        const answer = answers[place];
        return answer?.status === 'rejected' && fits(answer.reason);
      });
    const unknown = failed(isUnknown);
    for (const symbol of unknown) this.#missing.set(symbol, 'unknown');
    if (unknown.length > 0) this.#parts.watching(this.#symbols, this.#missing);
    const news = unknown.filter((symbol) => !this.#reported.has(symbol));
    for (const symbol of news) this.#reported.add(symbol);
    if (news.length > 0) this.#parts.report(unknownSymbols(news));
    const unsure = failed((error) => !isUnknown(error));
    if (unsure.length > 0) until.after(ASK_AGAIN_MS, () => this.#findUnknown(open, until, unsure));
  }

  /** What would not be told must not use up the symbol's turn. */
  #offer(pace: Pace<ConfirmedQuote>, quote: ConfirmedQuote): void {
    if (this.#missing.delete(quote.symbol)) {
      this.#reported.delete(quote.symbol);
      this.#parts.watching(this.#symbols, this.#missing);
    }
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
