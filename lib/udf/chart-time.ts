import type { Clock, ElapsedMs, EpochMs } from '../domain/clock.ts';
import type { Interval } from '../market/bars/intervals.ts';
import { instantOf, lengthOf, type Seconds } from './stamps.ts';

/** How long a reader may take from one page to the next. */
const REMEMBER_MS = 10 * 60_000;
const MOST_EDGES = 2_000;

/** What a chart means, in market time. */
export interface Meaning {
  /** Bars that open before this instant. */
  end: EpochMs;
  /** What to add to a range's beginning, ms: it was asked for by another clock. */
  shift: number;
}

/**
 * What a chart means by `to`. A simulated market has a time of its own, which jumps over nights and may run fast, while a
 * chart goes by its computer's clock: there a `to` of about now, or later, is meant as the market's now. The exception is
 * a `to` at which an earlier page began: its reader goes on to the left, also where market time has overtaken the wall.
 */
export class ChartTime {
  readonly #clock: Clock;
  readonly #simulated: boolean;
  readonly #edges = new Map<string, { at: ElapsedMs; begins: Seconds; shift: number }>();

  constructor(clock: Clock, simulated: boolean) {
    this.#clock = clock;
    this.#simulated = simulated;
  }

  /** Unix seconds to go by: a chart learns them once, so of a simulated market they are the wall's. */
  now(): Seconds {
    return Math.floor((this.#simulated ? this.#clock.wall : this.#clock.market).now() / 1000);
  }

  meaning(symbol: string, interval: Interval, to: Seconds): Meaning {
    const market = this.#clock.market.now();
    // The bar that opens at this very instant is there too.
    const newest = market + 1;
    const literal = instantOf(interval, to);
    const edge = this.#simulated ? this.#edges.get(keyOf(symbol, interval, to)) : undefined;
    if (edge !== undefined && this.#clock.elapsed.now() - edge.at <= REMEMBER_MS)
      return { end: Math.min(newest, instantOf(interval, edge.begins)), shift: edge.shift };
    if (literal > market) return { end: newest, shift: this.#behind(to, market) };
    if (!this.#simulated || to * 1000 < this.#clock.wall.now() - lengthOf(interval))
      return { end: literal, shift: 0 };
    return { end: newest, shift: market - this.#clock.wall.now() };
  }

  /**
   * What a range means that was asked for beside the bars, for marks: the stretch of the market that its bars are, and
   * in any case the one it names, which a chart that goes by the bars it holds has asked for.
   */
  range(symbol: string, interval: Interval, from: Seconds, to: Seconds): { from: Seconds; to: Seconds } {
    const { end, shift } = this.meaning(symbol, interval, to);
    return {
      from: Math.min(from, from + Math.floor(shift / 1000)),
      to: Math.max(to, Math.floor((end - 1) / 1000)),
    };
  }

  /**
   * A page was given whose oldest bar has this stamp. Its reader may also go on from its own `from`; where the page was
   * moved, that is taken for where it began.
   */
  pageBegan(symbol: string, interval: Interval, begins: Seconds, from: Seconds | null, shift: number): void {
    if (!this.#simulated) return;
    const recent = (this.#clock.wall.now() - lengthOf(interval)) / 1000;
    if (begins >= recent) this.#keep(keyOf(symbol, interval, begins), begins, shift);
    if (from === null || from >= begins) return;
    if (shift > 0) this.#keep(keyOf(symbol, interval, from), begins, shift);
    else if (from >= recent) this.#keep(keyOf(symbol, interval, from), from, 0);
  }

  /** How far the market is behind, for a `to` that is nearer the wall's now than the market's. */
  #behind(to: Seconds, market: EpochMs): number {
    const wall = this.#clock.wall.now();
    const byWall = this.#simulated && Math.abs(to * 1000 - wall) < Math.abs(to * 1000 - market);
    return byWall ? market - wall : 0;
  }

  #keep(edge: string, begins: Seconds, shift: number): void {
    this.#edges.delete(edge);
    this.#edges.set(edge, { at: this.#clock.elapsed.now(), begins, shift });
    const oldest = this.#edges.keys().next().value;
    if (this.#edges.size > MOST_EDGES && oldest !== undefined) this.#edges.delete(oldest);
  }
}

function keyOf(symbol: string, interval: Interval, at: Seconds): string {
  return `${symbol} ${interval} ${at}`;
}
