import type { ElapsedMs, ElapsedTime, EpochMs, Timer } from '../../domain/clock.ts';
import type { Unsubscribe } from '../../domain/events.ts';
import type { Trade } from '../../domain/market-data.ts';
import type { Session } from '../calendar-days.ts';
import type { MarketSource } from '../market-source.ts';
import type { DiskBarStore } from '../store/bar-store.ts';
import { BarBuilder } from './bar-builder.ts';
import type { TimeRange } from './contract.ts';

/** A symbol somebody looked at stays on the stream for so long: the next look then costs no read. */
const LINGER_MS = 120_000;
const MOST_LINGERING = 40;

export interface LiveTapeParts {
  source: Pick<MarketSource, 'trades'>;
  store: DiskBarStore;
  elapsed: ElapsedTime;
  /** Puts a symbol on the stream. */
  watch(symbol: string): { release(): void };
  sessionOn(date: string): Session | null;
  /** The newest instant of market time whose data can be known by now. */
  now(): EpochMs;
  /** A followed symbol printed; `proven` when minutes became complete by it. */
  onPrint(symbol: string, proven: boolean): void;
  /** A minute that was complete is so no longer. */
  onDoubt(symbol: string, minute: TimeRange): void;
  onError(error: unknown): void;
}

interface Followed {
  builder: BarBuilder;
  watch: { release(): void };
  users: number;
  until: ElapsedMs;
}

/** Prints of the followed symbols as one-minute bars; what they prove goes into the store. */
export class LiveTape {
  readonly #parts: LiveTapeParts;
  readonly #followed = new Map<string, Followed>();
  readonly #leave: Unsubscribe;
  #sweep: Timer | null = null;

  constructor(parts: LiveTapeParts) {
    this.#parts = parts;
    this.#leave = parts.source.trades.on((trade) => this.#heard(trade));
  }

  builder(symbol: string): BarBuilder | undefined {
    return this.#followed.get(symbol)?.builder;
  }

  /** Follows until released. */
  follow(symbol: string): { release(): void } {
    const followed = this.#start(symbol);
    followed.users += 1;
    let released = false;
    return {
      release: () => {
        if (released) return;
        released = true;
        followed.users -= 1;
        this.#linger(symbol, followed);
      },
    };
  }

  /** Somebody looked at the newest bars: follows for a while. */
  touch(symbol: string): void {
    const lingering = [...this.#followed].filter(([, { users }]) => users === 0);
    if (!this.#followed.has(symbol) && lingering.length >= MOST_LINGERING)
      this.#drop(lingering[0]?.[0] ?? symbol);
    const followed = this.#start(symbol);
    // The one touched last stands last.
    this.#followed.delete(symbol);
    this.#followed.set(symbol, followed);
    if (followed.users === 0) this.#linger(symbol, followed);
  }

  close(): void {
    this.#leave();
    this.#sweep?.cancel();
    for (const symbol of [...this.#followed.keys()]) this.#drop(symbol);
  }

  #start(symbol: string): Followed {
    const known = this.#followed.get(symbol);
    if (known !== undefined) return known;
    const builder = new BarBuilder(symbol, this.#parts.sessionOn);
    const followed = { builder, watch: this.#parts.watch(symbol), users: 0, until: Number.POSITIVE_INFINITY };
    this.#followed.set(symbol, followed);
    return followed;
  }

  #linger(symbol: string, followed: Followed): void {
    if (followed.users > 0 || this.#followed.get(symbol) !== followed) return;
    followed.until = this.#parts.elapsed.now() + LINGER_MS;
    this.#sweep ??= this.#parts.elapsed.every(LINGER_MS / 4, () => this.#dropUnused());
  }

  #dropUnused(): void {
    const now = this.#parts.elapsed.now();
    for (const [symbol, { users, until }] of this.#followed)
      if (users === 0 && until <= now) this.#drop(symbol);
    if ([...this.#followed.values()].some(({ users }) => users === 0)) return;
    this.#sweep?.cancel();
    this.#sweep = null;
  }

  #drop(symbol: string): void {
    this.#followed.get(symbol)?.watch.release();
    this.#followed.delete(symbol);
  }

  #heard(trade: Trade): void {
    const followed = this.#followed.get(trade.symbol);
    if (followed === undefined) return;
    const { proven, doubtful } = followed.builder.add(trade, this.#parts.now());
    if (proven !== null) this.#keep(trade.symbol, followed.builder, proven);
    if (doubtful !== null) this.#parts.onDoubt(trade.symbol, doubtful);
    this.#parts.onPrint(trade.symbol, proven !== null);
  }

  #keep(symbol: string, builder: BarBuilder, proven: TimeRange): void {
    // What a read told first stands: it counts late prints too.
    for (const hole of this.#parts.store.missing(symbol, '1', proven)) {
      try {
        this.#parts.store.write(symbol, '1', hole, builder.bars(hole));
      } catch (error) {
        this.#parts.onError(error);
      }
    }
  }
}
