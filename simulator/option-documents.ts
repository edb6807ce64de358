import type { OptionQuote } from '../lib/exchange/contract.ts';
import { optionTerms } from '../lib/market/symbols/names.ts';
import { quoteJson } from './serializer.ts';

/** An option's quote: what a share's has, its terms, and its greeks when they were asked for. */
export function optionJson({ quote, greeks, terms }: OptionQuote, withGreeks: boolean): object {
  const { root_symbols: _, ...shared } = quoteJson(quote) as Record<string, unknown>;
  const root = optionTerms(quote.symbol)?.underlying ?? terms.underlying;
  const document = {
    ...shared,
    underlying: terms.underlying,
    strike: terms.strike,
    open_interest: 0,
    contract_size: 100,
    expiration_date: terms.expiration,
    expiration_type: 'standard',
    option_type: terms.right,
    root_symbol: root,
  };
  if (!withGreeks) return document;
  const { bidIv, midIv, askIv, smvVol, updatedAt, ...sensitivities } = greeks;
  return {
    ...document,
    greeks: {
      ...sensitivities,
      bid_iv: bidIv,
      mid_iv: midIv,
      ask_iv: askIv,
      smv_vol: smvVol,
      updated_at: updatedAt,
    },
  };
}
