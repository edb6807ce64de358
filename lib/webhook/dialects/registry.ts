import type { Fields } from '../fields.ts';
import type { Dialect } from './dialect.ts';
import { tradingview } from './tradingview.ts';

/** The first that recognises an alert reads it; TradingView's own names recognise anything and stay last. */
const DIALECTS: readonly Dialect[] = [tradingview];

export function dialectOf(fields: Fields): Dialect {
  return DIALECTS.find((dialect) => dialect.recognises(fields)) ?? tradingview;
}
