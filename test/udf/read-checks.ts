/** What TradingView's adapter and chart object to in every answer that is no bars. */

import { object, periodOf } from './read-bars.ts';

export interface ReadConfig {
  supports_search: boolean;
  supports_group_request: boolean;
  supports_time: boolean;
  supports_marks: boolean;
  supports_timescale_marks: boolean;
  supported_resolutions: string[];
  exchanges?: Choice[];
  symbols_types?: Choice[];
}

/** What a dialog lets one choose from; '' stands for all. */
interface Choice {
  value: string;
  name: string;
}

export interface ReadSymbol {
  name: string;
  ticker: string;
  session: string;
  timezone: string;
  minmov: number;
  pricescale: number;
  supported_resolutions?: string[];
  intraday_multipliers?: string[];
  [field: string]: unknown;
}

/** A row of the symbol dialog. */
export interface FoundSymbol {
  symbol: string;
  description: string;
  exchange: string;
  type: string;
  ticker?: string;
}

export interface ReadQuote {
  s: string;
  n: string;
  v: Record<string, unknown>;
}

export function checkConfig(config: ReadConfig): void {
  if (!config.supports_search && !config.supports_group_request) object('neither search nor groups');
  if (config.supports_group_request) object('groups: search would go the group way');
  const list = config.supported_resolutions ?? [];
  if (new Set(list).size !== list.length) object('Duplicating resolution');
  for (const resolution of list) periodOf(resolution);
  for (const choices of [config.exchanges, config.symbols_types]) {
    if (!Array.isArray(choices)) object('nothing to choose from');
    if (choices?.filter(({ value }) => value === '').length !== 1) object('no choice stands for all');
    for (const { name } of choices ?? [])
      if (typeof name !== 'string' || name === '') object('a choice without name');
  }
}

export function checkSymbol(symbol: ReadSymbol): void {
  if (!symbol.name || !symbol.ticker) object('a symbol without name or ticker');
  if (symbol.ticker.includes(':') || symbol.name.includes(':'))
    object(`a colon in the ticker ${symbol.ticker}`);
  for (const field of ['description', 'type', 'exchange', 'listed_exchange'])
    if (typeof symbol[field] !== 'string') object(`${field} is no text`);
  checkPrices(symbol);
  checkHours(symbol);
  if (symbol.timezone !== 'America/New_York')
    object(`a time zone ${symbol.timezone} for a stock in New York`);
  if (symbol.intraday_multipliers?.length === 0) object('Misconfiguration error');
  for (const each of symbol.intraday_multipliers ?? [])
    if (typeof each !== 'string' || !/^\d+$/.test(each)) object('a multiplier that is no text of minutes');
  if (symbol.has_intraday !== true) object('no minutes: has_intraday is not set');
  for (const resolution of symbol.supported_resolutions ?? []) {
    periodOf(resolution);
    const minutes = /^\d+$/.test(resolution);
    if (
      minutes &&
      !(symbol.intraday_multipliers ?? []).some((each) => Number(resolution) % Number(each) === 0)
    )
      object(`${resolution} cannot be built`);
    if (/[WM]$/.test(resolution) && symbol.has_weekly_and_monthly !== true)
      object(`${resolution} is built of days`);
  }
  const { data_status, delay, expired, expiration_date } = symbol;
  if (!['streaming', 'endofday', 'delayed_streaming'].includes(String(data_status))) object('no data status');
  if (data_status === 'delayed_streaming' && !(Number(delay) > 0)) object('delayed without a delay');
  if (expired === true && !Number.isInteger(expiration_date)) object('expired without a date');
}

/** `0.0001 1 0.01`: steps and between them the prices at which the next one begins. */
function checkPrices({ minmov, pricescale, variable_tick_size: steps, format }: ReadSymbol): void {
  if (!(minmov > 0) || !(pricescale > 0)) object('no price format');
  if (!/^10*$/.test(String(pricescale))) object(`a price scale of ${pricescale}`);
  if (format !== 'price') object(`a format ${String(format)}`);
  if (steps === undefined) return;
  const numbers = String(steps).split(' ').map(Number);
  if (numbers.length % 2 === 0 || numbers.some((one) => !(one > 0))) object(`ticks ${String(steps)}`);
  const limits = numbers.filter((_, i) => i % 2 === 1);
  if (limits.some((one, i) => i > 0 && one <= (limits[i - 1] ?? 0))) object('ticks that do not ascend');
}

const HOURS = String.raw`\d{4}-\d{4}(,\d{4}-\d{4})*(:[1-7]+)?`;

/** The chart's own grammar: dates without blanks and without a separator at the end. */
function checkHours({ session, timezone, session_holidays: holidays, corrections }: ReadSymbol): void {
  if (!session || !timezone) object('no session or time zone');
  if (!new RegExp(`^(24x7|${HOURS}([|]${HOURS})*)$`).test(session)) object(`a session ${session}`);
  if (holidays !== undefined && holidays !== '' && !/^\d{8}(,\d{8})*$/.test(String(holidays)))
    object('bad holiday date');
  const part = String.raw`(dayoff|\d{4}-\d{4}(,\d{4}-\d{4})*):\d{8}(,\d{8})*`;
  if (
    corrections !== undefined &&
    corrections !== '' &&
    !new RegExp(`^${part}(;${part})*$`).test(String(corrections))
  )
    object('bad correction section');
}

export function checkFound(
  answer: unknown,
  { limit, type, exchange }: { limit: number; type: string; exchange: string },
  config: ReadConfig | null,
): FoundSymbol[] {
  if (!Array.isArray(answer)) return object(`a search that is no list: ${JSON.stringify(answer)}`);
  const found = answer as FoundSymbol[];
  if (found.length > limit) object(`${found.length} symbols for a limit of ${limit}`);
  for (const row of found) {
    for (const field of ['symbol', 'description', 'exchange', 'type'] as const)
      if (typeof row[field] !== 'string') object(`search: ${field} is no text`);
    if (row.symbol === '' || row.ticker === '') object('search: no symbol');
    if ((row.ticker ?? row.symbol).includes(':')) object('search: a colon in the ticker');
    if (type !== '' && row.type !== type) object(`search: a ${row.type} for ${type}`);
    if (exchange !== '' && row.exchange !== exchange)
      object(`search: one of ${row.exchange} for ${exchange}`);
    if (config?.symbols_types?.some(({ value }) => value === row.type) === false)
      object(`search: a type ${row.type} nobody can choose`);
  }
  if (new Set(found.map(({ ticker, symbol }) => ticker ?? symbol)).size !== found.length)
    object('search: a symbol twice');
  return found;
}

const WORDS = ['short_name', 'exchange', 'description', 'original_name'] as const;
const FIGURES = [
  ...[
    'ch',
    'chp',
    'lp',
    'ask',
    'bid',
    'spread',
    'open_price',
    'high_price',
    'low_price',
    'prev_close_price',
    'volume',
  ],
  ...['rtc', 'rtc_time', 'rch', 'rchp'],
];

export function checkQuotes(answer: unknown, names: readonly string[]): ReadQuote[] {
  const { s, d } = answer as { s?: unknown; d?: ReadQuote[] };
  if (s !== 'ok') object(`quotes: s is ${JSON.stringify(s)}`);
  if (!Array.isArray(d)) return object('quotes: no list');
  if (d.length !== names.length) object(`quotes: ${d.length} for ${names.length} names`);
  for (const [i, { s: state, n, v }] of d.entries()) {
    if (n !== names[i]) object(`quotes: ${n} for ${names[i]}`);
    if (state !== 'ok' && state !== 'error') object(`quotes: s is ${state}`);
    if (state === 'ok') checkValues(v);
  }
  return d;
}

function checkValues(v: Record<string, unknown>): void {
  for (const field of WORDS) if (typeof v[field] !== 'string') object(`quotes: ${field} is no text`);
  for (const [field, value] of Object.entries(v)) {
    if ((WORDS as readonly string[]).includes(field)) continue;
    if (!FIGURES.includes(field)) object(`quotes: a field ${field}`);
    if (typeof value !== 'number' || !Number.isFinite(value)) object(`quotes: ${field} is no number`);
  }
  // An option that did not trade today has no low and no high.
  const known = ['lp', 'ch', 'chp', 'prev_close_price', 'bid', 'ask', 'spread'].map((field) =>
    v[field] === undefined ? object(`quotes: no ${field}`) : Number(v[field]),
  );
  const [lp = 0, ch = 0, chp = 0, before = 0, bid = 0, ask = 0, spread = 0] = known;
  const { low_price: low = lp, high_price: high = lp } = v as Record<string, number>;
  const isAbout = (a: number, b: number, off: number) => Math.abs(a - b) <= off;
  if (!isAbout(ch, lp - before, 0.0051)) object(`quotes: a change of ${ch} from ${before} to ${lp}`);
  if (!isAbout(chp, (100 * ch) / before, 0.0051)) object(`quotes: ${ch} of ${before} are not ${chp} %`);
  if (!isAbout(spread, ask - bid, 0.0001)) object(`quotes: a spread of ${spread} between ${bid} and ${ask}`);
  if (lp < low || lp > high) object(`quotes: ${lp} is outside of the day's ${low} to ${high}`);
}

export function checkMarks(
  kind: 'marks' | 'timescale_marks',
  found: unknown,
  from: number,
  to: number,
): Record<string, unknown>[] {
  if (!Array.isArray(found)) object(`${kind} is no list of objects`);
  const list = found as Record<string, unknown>[];
  const perBar = new Map<number, number>();
  for (const mark of list) {
    const time = Number(mark.time);
    if (mark.id === undefined || !Number.isInteger(time) || time > 1e11) object(`${kind}: no id or time`);
    if (time < from || time > to) object(`${kind}: one outside of what was asked for`);
    if (typeof mark.label !== 'string' || mark.label.length !== 1) object(`${kind}: a label is one letter`);
    checkLook(kind, mark);
    perBar.set(time, (perBar.get(time) ?? 0) + 1);
  }
  if (new Set(list.map(({ id }) => id)).size !== list.length) object(`${kind}: an id twice`);
  const most = kind === 'marks' ? 10 : 1;
  for (const [time, count] of perBar) if (count > most) object(`${kind}: ${count} on the bar ${time}`);
  return list;
}

function checkLook(
  kind: 'marks' | 'timescale_marks',
  { color, text, minSize, tooltip, shape }: Record<string, unknown>,
) {
  if (kind === 'marks') {
    const { border, background } = (color ?? {}) as Record<string, unknown>;
    const named = ['red', 'green', 'blue', 'yellow'].includes(String(color));
    if (!named && (typeof border !== 'string' || typeof background !== 'string')) object('marks: no colour');
    if (typeof text !== 'string' || text === '') object('marks: no text');
    if (!(Number(minSize) > 0)) object('marks: no size');
    return;
  }
  if (typeof color !== 'string' || color === '') object('timescale_marks: no colour');
  if (!Array.isArray(tooltip) || tooltip.some((line) => typeof line !== 'string'))
    object('timescale_marks: a tooltip is a list of lines');
  if (shape !== undefined && !['circle', 'earningUp', 'earningDown', 'earning'].includes(String(shape)))
    object(`timescale_marks: a shape ${String(shape)}`);
}
