import type { Quote } from '../../domain/market-data.ts';

/** What is known of one symbol without a price. */
export interface SymbolInfo {
  /** As Tradier writes it: `BRK/B`, `AAPL240119C00185000`. */
  symbol: string;
  /** As TradingView writes it: `BRK.B`. */
  ticker: string;
  description: string;
  /** Tradier's exchange code, `Q`; '' where unknown. */
  exchange: string;
  /** Its name, `NASDAQ`; '' where unknown. */
  exchangeName: string;
  kind: Quote['kind'];
  /** The least step of its price from a dollar up, in dollars; of options a broker may want a larger one in orders. */
  tick: number;
  /** The same below a dollar. */
  tickBelowDollar: number;
  /** Morningstar's, of a company; null where the broker does not say, and in a list where it was not looked up before. */
  sector: string | null;
  /** Set on an option alone. */
  option?: OptionTerms;
}

export interface OptionTerms {
  underlying: string;
  /** `YYYY-MM-DD`. */
  expiration: string;
  right: 'call' | 'put';
  /** Dollars. */
  strike: number;
}

export interface SymbolSearch {
  /** The beginning of a symbol, or a part of a company's name. */
  query: string;
  /** Tradier's code or the exchange's name; any without it. */
  exchange?: string;
  kind?: Quote['kind'];
  /** 30 by default, at most 500. */
  limit?: number;
}

/** Answers are kept for a while; the broker's errors come through. */
export interface SymbolDirectory {
  /** Exact symbols first, then symbols that begin so, then names. */
  search(what: SymbolSearch): Promise<SymbolInfo[]>;
  /** Takes `BRK.B`, `BRK/B`, `NYSE:BRK.B`, OCC options; null for what the broker does not know. */
  lookup(symbol: string): Promise<SymbolInfo | null>;
}
