import type { Security } from '../../broker/port.ts';
import type { ElapsedMs, ElapsedTime } from '../../domain/clock.ts';
import { inputError } from '../../domain/errors.ts';
import type { MarketSource } from '../market-source.ts';
import { CompanySectors } from './company-sectors.ts';
import type { SymbolDirectory, SymbolInfo, SymbolSearch } from './contract.ts';
import { exchangeCodes, exchangeName } from './exchanges.ts';
import { optionTerms, readSymbol, tickerOf } from './names.ts';

const KEPT_MS = 10 * 60_000;
const KEPT = 2_000;
const LIMIT = 30;
const MOST = 500;
const LONGEST_QUERY = 64;

type Source = Pick<MarketSource, 'quotes' | 'searchSymbols' | 'lookupSymbols' | 'companySector'>;

/** Symbols as the broker knows them; the same question again within ten minutes asks nobody. */
export class BrokerSymbols implements SymbolDirectory {
  readonly #source: Source;
  readonly #elapsed: ElapsedTime;
  readonly #sectors: CompanySectors;
  readonly #answers = new Map<string, { at: ElapsedMs; answer: Promise<unknown> }>();

  constructor(source: Source, elapsed: ElapsedTime) {
    this.#source = source;
    this.#elapsed = elapsed;
    this.#sectors = new CompanySectors(source, elapsed);
  }

  async search({ query, exchange, kind, limit = LIMIT }: SymbolSearch): Promise<SymbolInfo[]> {
    if (query.length > LONGEST_QUERY) throw inputError('query', query, `at most ${LONGEST_QUERY} characters`);
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST)
      throw inputError('limit', limit, `a whole number from 1 to ${MOST}`);
    const asked = query
      .trim()
      .toUpperCase()
      .replace(/^[A-Z0-9_]{1,20}:/, '');
    if (asked === '') return [];
    // A dot in a ticker is Tradier's slash.
    const begins = asked.replace(/[.-](?=[A-Z0-9]{0,4}$)/, '/');
    const [bySymbol, byName] = await Promise.all([
      this.#kept(`lookup ${begins}`, () => this.#source.lookupSymbols(begins)),
      this.#kept(`search ${asked}`, () => this.#source.searchSymbols(asked)),
    ]);
    const codes = exchange === undefined || exchange === '' ? null : exchangeCodes(exchange);
    const rows = new Map<string, Security>();
    for (const row of [...bySymbol, ...byName]) {
      if (codes !== null && !codes.includes(row.exchange)) continue;
      if (kind === undefined || row.kind === kind) rows.set(row.symbol, row);
    }
    return [...rows.values()]
      .sort((a, b) => rank(a, begins) - rank(b, begins) || (a.symbol < b.symbol ? -1 : 1))
      .slice(0, limit)
      .map((row) => ({ ...infoOf(row), sector: this.#sectors.peek(row.symbol) }));
  }

  async lookup(text: string): Promise<SymbolInfo | null> {
    const symbol = readSymbol(text);
    const known = await this.#kept(`symbol ${symbol}`, async () => {
      const [{ quotes }, rows] = await Promise.all([
        this.#source.quotes([symbol]),
        this.#kept(`lookup ${symbol}`, () => this.#source.lookupSymbols(symbol)),
      ]);
      const quote = quotes.find((one) => one.symbol === symbol);
      if (quote === undefined) return rows.find((one) => one.symbol === symbol) ?? null;
      const { description, exchange, kind } = quote;
      return { symbol, description, exchange, kind };
    });
    if (known === null) return null;
    const info = infoOf(known);
    return info.kind === 'stock' ? { ...info, sector: await this.#sectors.of(symbol) } : info;
  }

  /** The answer of a while ago, or a new one; an error is not kept. */
  #kept<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const now = this.#elapsed.now();
    const known = this.#answers.get(key);
    if (known !== undefined && now - known.at < KEPT_MS) return known.answer as Promise<T>;
    const answer = ask();
    this.#answers.delete(key);
    this.#answers.set(key, { at: now, answer });
    answer.catch(() => this.#answers.delete(key));
    const oldest = this.#answers.keys().next().value;
    if (this.#answers.size > KEPT && oldest !== undefined) this.#answers.delete(oldest);
    return answer;
  }
}

function rank({ symbol }: Security, begins: string): number {
  if (symbol === begins) return 0;
  return symbol.startsWith(begins) ? 1 : 2;
}

function infoOf({ symbol, description, exchange, kind }: Security): SymbolInfo {
  const option = optionTerms(symbol);
  const info = {
    symbol,
    ticker: tickerOf(symbol),
    description,
    exchange,
    exchangeName: exchangeName(exchange),
    kind,
    tick: 0.01,
    sector: null,
  };
  return option === null ? info : { ...info, kind: 'option', option };
}
