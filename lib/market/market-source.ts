import type { Broker } from '../broker/port.ts';

/**
 * Where an account's market data comes from: its own broker, or another account's (a live token, used read-only), or
 * one that is shared. Reads and the market stream only; nothing here can place an order.
 */
export type MarketSource = Pick<
  Broker,
  | 'environment'
  | 'quoteDelayMs'
  | 'quotes'
  | 'history'
  | 'timesales'
  | 'calendar'
  | 'searchSymbols'
  | 'lookupSymbols'
  | 'companySector'
  | 'watchQuotes'
  | 'quoteUpdates'
  | 'trades'
  | 'streamStates'
  | 'renewMarketStream'
>;

/** Where the data comes from, for people and for badges. */
export interface FeedInfo {
  /** `streaming` at the market's pace, `polling` where there is no stream. */
  mode: 'streaming' | 'polling';
  /** Known delay in ms; Tradier's sandbox: 900,000. */
  delayMs: number;
  simulated: boolean;
  /** True when another account's data is used. */
  borrowed: boolean;
}
