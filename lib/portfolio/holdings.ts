import type { Balances, Broker, BrokerPosition } from '../broker/port.ts';
import type { Clock, ElapsedMs } from '../domain/clock.ts';
import { type Money, money } from '../domain/money.ts';
import type { Ledger } from './ledger.ts';
import type { PositionWatch } from './position-watch.ts';

/** Equity older than this is not known any more. */
const EQUITY_MAX_AGE_MS = 60_000;

/**
 * What the broker says the account has, as last read: balances, positions, and what of them is not in any book.
 * A difference between the books and the broker is believed when two reads agree, because a fill may show in
 * the broker's positions a moment before it is told.
 */
export class Holdings {
  readonly #broker: Broker;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #watch: PositionWatch;
  #balances: { value: Balances; asked: ElapsedMs } | null = null;
  #positions: BrokerPosition[] = [];
  #external = new Map<string, number>();
  #candidate: Map<string, number> | null = null;

  constructor(broker: Broker, ledger: Ledger, clock: Clock, watch: PositionWatch) {
    this.#broker = broker;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#watch = watch;
  }

  /** Reads both. `settled` is false when a difference to the books waits to be confirmed or explained by another read. */
  async read(): Promise<{ settled: boolean }> {
    const asked = this.#clock.elapsed.now();
    const market = this.#clock.market.now();
    const balances = await this.#broker.balances();
    const positions = await this.#broker.positions();
    const first = this.#balances === null;
    this.#balances = { value: balances, asked };
    this.#positions = positions;
    // Before the books are compared: a split changes them.
    const split = (symbol: string) => carryOver(this.#external, difference(positions, this.#ledger), symbol);
    const { settled } = await this.#watch.judge(positions, { elapsed: asked, market }, split);
    const found = difference(positions, this.#ledger);
    const agreed = same(found, this.#external) || (this.#candidate !== null && same(found, this.#candidate));
    this.#candidate = first || agreed ? null : found;
    if (this.#candidate === null) this.#external = found;
    return { settled: settled && this.#candidate === null };
  }

  get balances(): Balances | null {
    return this.#balances?.value ?? null;
  }

  /** When the balances in hand were asked for; null: never. */
  get asked(): ElapsedMs | null {
    return this.#balances?.asked ?? null;
  }

  get positions(): readonly BrokerPosition[] {
    return this.#positions;
  }

  holds(symbol: string): boolean {
    return this.#positions.some((position) => position.symbol === symbol);
  }

  /** The broker's equity; null when it is older than a minute. */
  equity(): Money | null {
    return this.#fresh() ? money(this.#balances?.value.totalEquity ?? 0) : null;
  }

  buyingPower(): Money | null {
    return this.#fresh() ? money(this.#balances?.value.stockBuyingPower ?? 0) : null;
  }

  /** Shares of a symbol that no book of ours bought; null before the first read. */
  external(symbol: string): number | null {
    return this.#balances === null ? null : (this.#external.get(symbol) ?? 0);
  }

  /** The difference between the broker and the books, read at `since` or later; null while it is not settled. */
  difference(symbol: string, since: ElapsedMs): number | null {
    if (this.#balances === null || this.#balances.asked < since || this.#candidate !== null) return null;
    return this.#external.get(symbol) ?? 0;
  }

  externalSymbols(): Iterable<string> {
    return this.#external.keys();
  }

  #fresh(): boolean {
    return this.#balances !== null && this.#clock.elapsed.now() - this.#balances.asked <= EQUITY_MAX_AGE_MS;
  }
}

function difference(positions: readonly BrokerPosition[], ledger: Ledger): Map<string, number> {
  const rest = new Map<string, number>();
  for (const position of positions)
    rest.set(position.symbol, (rest.get(position.symbol) ?? 0) + position.quantity);
  for (const { symbol, quantity } of ledger.holdings()) rest.set(symbol, (rest.get(symbol) ?? 0) - quantity);
  for (const [symbol, quantity] of rest) if (Math.abs(quantity) < 1e-9) rest.delete(symbol);
  return rest;
}

/** What a split made of one symbol's difference is explained: it needs no second reading. */
function carryOver(external: Map<string, number>, found: Map<string, number>, symbol: string): void {
  const quantity = found.get(symbol);
  if (quantity === undefined) external.delete(symbol);
  else external.set(symbol, quantity);
}

function same(a: Map<string, number>, b: Map<string, number>): boolean {
  return a.size === b.size && [...a].every(([symbol, quantity]) => b.get(symbol) === quantity);
}
