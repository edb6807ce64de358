import type { Quote } from '../domain/market-data.ts';
import { INTERVALS, minutesOf } from '../market/bars/intervals.ts';

/** As the chart writes them: days, weeks and months with their count. */
export const RESOLUTIONS: readonly string[] = INTERVALS.map((interval) =>
  minutesOf(interval) === null ? `1${interval}` : interval,
);

/** Every length of minutes is made here: the chart would else ask for the bars of many shorter ones. */
export const MINUTES: readonly string[] = INTERVALS.filter((interval) => minutesOf(interval) !== null);

const KIND_NAMES: Record<Quote['kind'], string> = {
  stock: 'Stock',
  etf: 'ETF',
  index: 'Index',
  option: 'Option',
  mutual_fund: 'Mutual fund',
};
const EXCHANGES = ['NYSE', 'NASDAQ', 'NYSE Arca', 'NYSE American', 'BZX', 'OTC', 'Global Indices'];

/** `GET /config`; the same for every account. */
export function configuration({ marks }: { marks: boolean }): object {
  return {
    supports_search: true,
    supports_group_request: false,
    supports_marks: marks,
    supports_timescale_marks: marks,
    supports_time: true,
    supported_resolutions: RESOLUTIONS,
    exchanges: [
      { value: '', name: 'All exchanges', desc: '' },
      ...EXCHANGES.map((name) => ({ value: name, name, desc: name })),
    ],
    symbols_types: [
      { name: 'All types', value: '' },
      ...Object.entries(KIND_NAMES).map(([value, name]) => ({ name, value })),
    ],
  };
}
