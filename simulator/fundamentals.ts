import { sectorCode } from '../lib/market/symbols/sectors.ts';
import { InvalidParameter } from './errors.ts';
import { json } from './http.ts';
import type { Route } from './router.ts';
import type { Venue } from './venue.ts';

/**
 * What Tradier's beta tells of companies, as far as there is anything to tell of invented ones: their business. Unlike
 * the rest of the API it answers an array, with an element for each symbol that was asked for.
 */
export function fundamentalsRoutes(venue: Venue): Route[] {
  return [
    {
      method: 'GET',
      path: '/markets/fundamentals/company',
      category: 'market',
      handle: ({ params }) => {
        const symbols = [...new Set(params.list('symbols').map((symbol) => symbol.toUpperCase()))];
        if (symbols.length === 0) throw new InvalidParameter('symbols', 'is required.');
        return json(symbols.map((symbol) => company(venue, symbol)));
      },
    },
  ];
}

function company(venue: Venue, symbol: string): object {
  const listing = venue.exchange.listings.find((one) => one.symbol === symbol);
  const code = listing?.sector ? sectorCode(listing.sector) : null;
  // Its real length is about 70 kB; clients pick out what they need.
  const tables = {
    asset_classification: { morningstar_sector_code: code },
    historical_asset_classification: { morningstar_sector_code: code },
  };
  return {
    request: symbol,
    type: 'Symbol',
    results: code === null ? [] : [{ type: 'Company', id: `SIM${symbol}`, tables }],
  };
}
