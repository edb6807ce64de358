import type { Clock, ElapsedMs, EpochMs } from '../domain/clock.ts';
import type { Interval } from '../market/bars/intervals.ts';
import { instantOf, lengthOf, type Seconds } from './stamps.ts';

/** How long a reader may take from one page to the next. */
const REMEMBER_MS = 10 * 60_000;
const MOST_EDGES = 2_000;

/**
 * What a chart means by `to`. A simulated market has a time of its own, but a chart goes by its computer's clock unless
 * it asked `/time`: there a `to` of about now, or later, is meant as the market's now. The exception is a `to` at which
 * an earlier page began: its reader goes on to the left, also where market time has overtaken the wall.
 */
export class ChartTime {
  readonly #clock: Clock;
  readonly #simulated: boolean;
  readonly #edges = new Map<string, ElapsedMs>();

  constructor(clock: Clock, simulated: boolean) {
    this.#clock = clock;
    this.#simulated = simulated;
  }

  /** True when the newest bar there is was asked for. */
  meansNow(symbol: string, interval: Interval, to: Seconds): boolean {
    if (instantOf(interval, to) > this.#clock.market.now()) return true;
    if (!this.#simulated || to * 1000 < this.#recent(interval)) return false;
    const edge = keyOf(symbol, interval, to);
    const remembered = this.#edges.get(edge);
    if (remembered === undefined || this.#clock.elapsed.now() - remembered > REMEMBER_MS) return true;
    this.#keep(edge);
    return false;
  }

  /** What to add to a range's own instants, ms: the clocks' difference, for who seems to go by the wall's. */
  shift(to: Seconds): number {
    if (!this.#simulated) return 0;
    const [wall, market] = [this.#clock.wall.now(), this.#clock.market.now()];
    return Math.abs(to * 1000 - wall) < Math.abs(to * 1000 - market) ? market - wall : 0;
  }

  /** A page began here, or its reader believes so. */
  pageBegan(symbol: string, interval: Interval, at: Seconds): void {
    if (this.#simulated && at * 1000 >= this.#recent(interval)) this.#keep(keyOf(symbol, interval, at));
  }

  /** From here on a `to` may be meant as now. */
  #recent(interval: Interval): EpochMs {
    return this.#clock.wall.now() - lengthOf(interval);
  }

  #keep(edge: string): void {
    this.#edges.delete(edge);
    this.#edges.set(edge, this.#clock.elapsed.now());
    const oldest = this.#edges.keys().next().value;
    if (this.#edges.size > MOST_EDGES && oldest !== undefined) this.#edges.delete(oldest);
  }
}

function keyOf(symbol: string, interval: Interval, at: Seconds): string {
  return `${symbol} ${interval} ${at}`;
}
