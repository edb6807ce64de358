import { type ConnectionOptions, tradierConnection } from './connection.ts';
import { TradierReads } from './rest.ts';

/** What a token for market data was found good for. */
export interface MarketCheck {
  /** Where it was read, such as `api.tradier.com`. */
  host: string;
  /** Dollars. */
  last: number | null;
  /** Where its stream would be, such as `ws.tradier.com`; null when no session was asked for. */
  streamHost: string | null;
}

/**
 * Reads one quote with a token and, if wanted, opens a session for the market stream without using it: such a session
 * may end another one of the same token. Throws what the reads throw, E_STREAM for a stream on a foreign host.
 */
export async function checkMarketToken(
  options: ConnectionOptions,
  { symbol, session }: { symbol: string; session: boolean },
): Promise<MarketCheck> {
  const { endpoints, reader } = tradierConnection(options);
  const reads = new TradierReads(reader, endpoints, '');
  try {
    const { quotes } = await reads.quotes([symbol]);
    const stream = session ? await reads.openSession('market') : null;
    return {
      host: new URL(endpoints.origin).host,
      last: quotes[0]?.last ?? null,
      streamHost: stream?.url.host ?? null,
    };
  } finally {
    await reader.close();
  }
}
