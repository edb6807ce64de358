import type { Security } from '../../broker/port.ts';
import type { ElapsedMs, ElapsedTime } from '../../domain/clock.ts';
import { inputError } from '../../domain/errors.ts';
import { tickOf } from '../../domain/tick.ts';
import type { MarketSource } from '../market-source.ts';
import { CompanySectors } from './company-sectors.ts';
import type { SymbolDirectory, SymbolInfo, SymbolSearch } from './contract.ts';
import { exchangeCodes, exchangeName } from './exchanges.ts';
import { optionTerms, PRINTED, readSymbol, tickerOf } from './names.ts';

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
    if (!PRINTED.test(query)) throw inputError('query', query, 'letters, digits, signs and blanks');
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST)
      throw inputError('limit', limit, `a whole number from 1 to ${MOST}`);
    const asked = query
      .trim()
      .toUpperCase()
      .replace(/^[A-Z0-9_]{1,20}:/, '');
    if (asked === '') return [];
    // A dot in a ticker is Tradier's slash.
    const begins = asked.replace(/[.-](?=[A-Z0-9]{0,4}$)/, '/');
    const codes = exchange === undefined || exchange === '' ? null : exchangeCodes(exchange);
    const rows = new Map<string, Security>();
    for (const row of await this.#listed(asked, begins)) {
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
    const known = await this.#known(symbol);
    if (known === null) return null;
    const info = infoOf(known);
    return info.kind === 'stock' ? { ...info, sector: await this.#sectors.of(symbol) } : info;
  }

  /** What fits, by symbol and by name. No list of the broker has options: one is asked for by itself. */
  async #listed(asked: string, begins: string): Promise<Security[]> {
    if (optionTerms(asked) !== null) {
      const option = await this.#known(readSymbol(asked));
      return option === null ? [] : [option];
    }
    const [bySymbol, byName] = await Promise.all([
      this.#kept(`lookup ${begins}`, () => this.#source.lookupSymbols(begins)),
      this.#kept(`search ${asked}`, () => this.#source.searchSymbols(asked)),
    ]);
    return [...bySymbol, ...byName];
  }

  #known(symbol: string): Promise<Security | null> {
    return this.#kept(`symbol ${symbol}`, async () => {
      const [{ quotes }, rows] = await Promise.all([
        this.#source.quotes([symbol]),
        this.#kept(`lookup ${symbol}`, () => this.#source.lookupSymbols(symbol)),
      ]);
      const quote = quotes.find((one) => one.symbol === symbol);
      if (quote === undefined) return rows.find((one) => one.symbol === symbol) ?? null;
      const { description, exchange, kind } = quote;
      return { symbol, description, exchange, kind };
    });
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

/**
 * Everything trades in cents from a dollar up, stocks in hundredths of one below. Options are quoted in steps of 1, 5 or
 * 10 cents by their class and price, which nothing Tradier answers tells; they trade in cents between, so a cent is the step
 * that is true of each.
 */
function ticksOf(kind: SymbolInfo['kind']): Pick<SymbolInfo, 'tick' | 'tickBelowDollar'> {
  const isShare = kind === 'stock' || kind === 'etf';
  return { tick: tickOf(1), tickBelowDollar: isShare ? tickOf(0) : tickOf(1) };
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
    kind: option === null ? kind : 'option',
    sector: null,
  } as const;
  const ticks = ticksOf(info.kind);
  return option === null ? { ...info, ...ticks } : { ...info, ...ticks, option };
}
