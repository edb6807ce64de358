import { formatNumber } from '../domain/money.ts';
import type { Side } from '../domain/order.ts';
import type { Figures, Refusal } from '../domain/trace.ts';
import type { Placing, Sized } from './contract.ts';

/** Why a signal was not sized. */
export type SizingRule =
  /** The sender may not open short positions. */
  | 'long-only'
  /** The signal, the configuration or the account lacks a figure the method needs; `field` names it. */
  | 'missing-figure'
  /** The book holds nothing that is not already being sold. */
  | 'nothing-to-sell'
  /** The book is short of nothing that is not already being covered. */
  | 'nothing-to-cover'
  /** The book holds the other side: one order does not turn a position's sign. */
  | 'would-cross-zero'
  /** The position is where the signal wants it. */
  | 'already-at-target'
  /** The extended hours take limit orders only, and no groups. */
  | 'extended-hours'
  /** The arithmetic gives less than one whole share. */
  | 'below-one-share'
  /** A limit or stop price is not one the broker takes. */
  | 'limit-price'
  | 'stop-price'
  /** What is to close the position stands on the wrong side of its entry. */
  | 'bracket';

/** A count of shares that may still have to be turned down. */
export interface Reckoned {
  quantity: number;
  because: string;
  figures: Figures;
}

export interface TurnedDown {
  refusal: Refusal;
  figures?: Figures;
}

export type Reckoning = Reckoned | TurnedDown;

export function turnDown(
  rule: SizingRule,
  message: string,
  detail: Omit<Refusal, 'rule' | 'message'> = {},
): TurnedDown {
  return { refusal: { rule, message, ...detail } };
}

export function refused({ refusal, figures = {} }: TurnedDown): Sized {
  return { kind: 'refused', refusals: [refusal], figures };
}

export function sized(side: Side, reduceOnly: boolean, placing: Placing, reckoned: Reckoned): Sized {
  const { quantity, because, figures } = reckoned;
  return { kind: 'sized', side, quantity, reduceOnly, placing, because, figures: { ...figures, quantity } };
}

/** "1 share", "1,000 shares", "10.7 shares". */
export function sharesText(shares: number): string {
  return `${count(shares)} ${shares === 1 ? 'share' : 'shares'}`;
}

/** A number of shares without the word. */
export function count(shares: number): string {
  return formatNumber(shares, 0, 6);
}

/** "150.12", with more decimals where the price has them. */
export function priceText(price: number): string {
  return formatNumber(price, 2, 4);
}

/** "0.5 %". */
export function percentText(percent: number): string {
  return `${formatNumber(percent, 0, 4)} %`;
}

/** False for null, undefined, NaN and Infinity. */
export function known(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** A price one can trade at. */
export function priced(value: number | null | undefined): value is number {
  return known(value) && value > 0;
}
