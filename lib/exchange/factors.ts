import type { Session } from '../market/calendar.ts';
import { allSessions } from '../market/calendar.ts';
import { dayNumber } from '../market/exchange-time.ts';
import { Chance, hash, hashText } from './chance.ts';
import { intradayShape } from './intraday-shape.ts';
import type { Instrument } from './listings.ts';
import { Recent } from './recent.ts';

/** Daily volatility of the market factor and of every group's factor. */
const MARKET_VOLATILITY = 0.009;
const GROUP_VOLATILITY = 0.006;
/** Part of a day's variance that happens overnight, as the opening gap. */
const OVERNIGHT = 0.25;
/** How much of a deviation is left a day later: prices wander for weeks and come back to their base. */
const MEMORY = 0.96;
/** No price strays further from its base than about this many of its daily volatilities. */
const REACH = 7.2;

/**
 * What moves prices: one factor for the market, one for each group, one for each symbol. Between days each
 * factor is a stationary walk whose steps are drawn by date; within a day it is a bridge from the open to the
 * close. Both depend on the seed, the factor's name and the date alone.
 */
export class Factors {
  readonly #seed: number;
  readonly #walks = new Map<string, Float64Array>();
  readonly #bridges = new Recent<string, Float64Array>(4096);

  constructor(seed: number) {
    this.#seed = hashText(`seed ${seed}`);
  }

  /** Price in dollars, unrounded, at the open (`part` 0) or the close (`part` 1) of a session. */
  price(instrument: Instrument, session: Session, part: 0 | 1): number {
    const at = session.index * 2 + part;
    const raw =
      MARKET_VOLATILITY * instrument.beta * this.#step('market', at) +
      GROUP_VOLATILITY * instrument.groupBeta * this.#step(groupName(instrument), at) +
      instrument.ownVolatility * this.#step(instrument.symbol, at);
    const reach = REACH * volatility(instrument);
    return instrument.basePrice * Math.exp(reach * Math.tanh(raw / reach));
  }

  /**
   * The log deviation at each minute boundary from the straight way between open and close: `minutes + 1`
   * values, the first and the last 0.
   */
  bridge(instrument: Instrument, session: Session): Float64Array {
    const market = this.#shared('market', session);
    const group = this.#shared(groupName(instrument), session);
    const own = makeBridge(this.#chance(instrument.symbol, session, 'bridge'), session.half);
    const a = MARKET_VOLATILITY * instrument.beta;
    const b = GROUP_VOLATILITY * instrument.groupBeta;
    const c = instrument.ownVolatility;
    for (let i = 0; i < own.length; i++) {
      own[i] = a * (market[i] as number) + b * (group[i] as number) + c * (own[i] as number);
    }
    return own;
  }

  /** The random sequence of a name on a date, for one use. */
  #chance(name: string, session: Session, use: string): Chance {
    return new Chance(hash(this.#seed, hashText(name), dayNumber(session.date), hashText(use)));
  }

  #shared(name: string, session: Session): Float64Array {
    return this.#bridges.get(`${name} ${session.index}`, () =>
      makeBridge(this.#chance(name, session, 'bridge'), session.half),
    );
  }

  #step(name: string, at: number): number {
    let walk = this.#walks.get(name);
    if (walk === undefined) {
      walk = this.#walk(name);
      this.#walks.set(name, walk);
    }
    return walk[at] ?? 0;
  }

  #walk(name: string): Float64Array {
    const sessions = allSessions();
    const walk = new Float64Array(sessions.length * 2);
    const keep = Math.sqrt(MEMORY);
    const overnight = Math.sqrt(OVERNIGHT);
    const intraday = Math.sqrt(1 - OVERNIGHT);
    const key = hash(this.#seed, hashText(name), hashText('walk'));
    let value = new Chance(key).normal() / Math.sqrt(1 - MEMORY * MEMORY);
    for (const session of sessions) {
      const chance = new Chance(hash(key, dayNumber(session.date)));
      value = value * keep + overnight * chance.normal();
      walk[session.index * 2] = value;
      value = value * keep + intraday * chance.normal();
      walk[session.index * 2 + 1] = value;
    }
    return walk;
  }
}

/** A day's volatility as a fraction of the price. */
export function volatility(instrument: Instrument): number {
  return Math.hypot(
    MARKET_VOLATILITY * instrument.beta,
    GROUP_VOLATILITY * instrument.groupBeta,
    instrument.ownVolatility,
  );
}

/** The volatility of the open hours alone. */
export function intradayVolatility(instrument: Instrument): number {
  return volatility(instrument) * Math.sqrt(1 - OVERNIGHT);
}

function groupName(instrument: Instrument): string {
  return `sector ${instrument.group}`;
}

function makeBridge(chance: Chance, half: boolean): Float64Array {
  const { minutes, stepDeviation, elapsed } = intradayShape(half);
  const scale = Math.sqrt(1 - OVERNIGHT);
  const bridge = new Float64Array(minutes + 1);
  let value = 0;
  for (let i = 0; i < minutes; i++) {
    value += (stepDeviation[i] as number) * chance.normal();
    bridge[i + 1] = value;
  }
  for (let i = 0; i <= minutes; i++) {
    bridge[i] = scale * ((bridge[i] as number) - (elapsed[i] as number) * value);
  }
  return bridge;
}
