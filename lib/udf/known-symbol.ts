import { TraderError } from '../domain/errors.ts';
import type { SymbolInfo } from '../market/symbols/contract.ts';
import type { ChartSource } from './feed-parts.ts';
import { patiently } from './patience.ts';

/** Throws E_NO_QUOTE for a symbol the broker does not know, in the words the bars use for it. */
export async function knownSymbol(
  { symbols, clock }: Pick<ChartSource, 'symbols' | 'clock'>,
  symbol: string,
): Promise<SymbolInfo> {
  const info = await patiently(clock.elapsed, () => symbols.lookup(symbol));
  if (info !== null) return info;
  throw new TraderError('E_NO_QUOTE', `The broker does not know ${symbol}.`, { field: 'symbol' });
}
