import type { ElapsedMs, ElapsedTime, EpochMs } from '../lib/domain/clock.ts';
import { Emitter, type Listenable } from '../lib/domain/events.ts';
import type { Quote } from '../lib/domain/market-data.ts';
import type { SplitRatio } from '../lib/domain/shares.ts';
import type {
  ChangeResult,
  CorporateActionResult,
  ExchangeOrder,
  NewOrder,
  NewOrderGroup,
  OrderChange,
  SimulatedExchange,
} from '../lib/exchange/contract.ts';
import type { ClockReading, SimulatedClock } from './clock.ts';
import type { Command, StateFile } from './state.ts';

/** Between two snapshots the commands alone are kept; replaying a few seconds of them is quick. */
const SNAPSHOT_EVERY_MS = 5_000;

/**
 * The exchange with its clock and its disk. It keeps one promise: whatever a client has been told, a kill of the
 * process cannot undo. Orders are on disk before the exchange sees them, and market time before anyone hears what
 * happened until then.
 */
export class Venue {
  readonly exchange: SimulatedExchange;
  readonly #clock: SimulatedClock;
  readonly #state: StateFile;
  readonly #elapsed: ElapsedTime;
  readonly #changes: Emitter<ExchangeOrder>;
  /** Changes not yet told, because market time has not been saved since. */
  #untold: ExchangeOrder[] = [];
  /** True when the exchange holds something the snapshot does not. */
  #dirty: boolean;
  #snapshotAt: ElapsedMs;

  constructor(options: {
    exchange: SimulatedExchange;
    clock: SimulatedClock;
    state: StateFile;
    elapsed: ElapsedTime;
    /** Commands that were recorded after the exchange's snapshot; done again here, in order. */
    replay: Command[];
    onError: (error: unknown) => void;
  }) {
    this.exchange = options.exchange;
    this.#clock = options.clock;
    this.#state = options.state;
    this.#elapsed = options.elapsed;
    this.#changes = new Emitter(options.onError);
    this.#dirty = options.replay.length > 0;
    this.#snapshotAt = options.elapsed.now();
    for (const command of options.replay) {
      this.exchange.advance(command.at);
      doAgain(this.exchange, command);
    }
    this.exchange.advance(this.#clock.now());
    this.exchange.orderChanges.on((order) => this.#untold.push({ ...order }));
  }

  /** Order changes, told once they cannot be lost any more. */
  get orderChanges(): Listenable<ExchangeOrder> {
    return this.#changes;
  }

  /** Of a share, or of an option on one. */
  quote(symbol: string): Quote | null {
    return this.exchange.quote(symbol) ?? this.exchange.option(symbol)?.quote ?? null;
  }

  /** Lets the market catch up with its clock; returns market now. */
  catchUp(): EpochMs {
    this.exchange.advance(this.#clock.now());
    if (this.#untold.length > 0) {
      this.#dirty = true;
      this.#state.saveClock(this.exchange.now);
      this.#tell();
    }
    return this.exchange.now;
  }

  clockReading(): ClockReading {
    return this.#clock.reading();
  }

  /** Market time with its fraction of a millisecond. */
  preciseNow(): number {
    return this.#clock.precise();
  }

  place(order: NewOrder | NewOrderGroup): ReturnType<SimulatedExchange['place']> {
    this.#record({ kind: 'place', at: this.catchUp(), order });
    const placed = this.exchange.place(order);
    this.#tell();
    return placed;
  }

  change(id: number, change: OrderChange): ChangeResult {
    this.#record({ kind: 'change', at: this.catchUp(), id, change });
    const changed = this.exchange.change(id, change);
    this.#tell();
    return changed;
  }

  cancel(id: number): ReturnType<SimulatedExchange['cancel']> {
    this.#record({ kind: 'cancel', at: this.catchUp(), id });
    const canceled = this.exchange.cancel(id);
    this.#tell();
    return canceled;
  }

  /** Splits a symbol's shares now. */
  split(symbol: string, ratio: SplitRatio): CorporateActionResult {
    this.#record({ kind: 'split', at: this.catchUp(), symbol, ratio });
    const done = this.exchange.split(symbol, ratio);
    this.#tell();
    return done;
  }

  /** Pays a dividend for what is held now. */
  dividend(symbol: string, perShare: number, reinvest: boolean): CorporateActionResult {
    this.#record({ kind: 'dividend', at: this.catchUp(), symbol, perShare, reinvest });
    return this.exchange.dividend(symbol, perShare, reinvest);
  }

  /** The regular save; `now` also takes a snapshot that is not due yet. */
  save(when: 'due' | 'now' = 'due'): void {
    this.catchUp();
    const due = when === 'now' || this.#elapsed.now() - this.#snapshotAt >= SNAPSHOT_EVERY_MS;
    if (!this.#dirty || !due) {
      this.#state.saveClock(this.exchange.now);
      return;
    }
    this.#state.saveSnapshot(this.exchange.snapshot());
    this.#dirty = false;
    this.#snapshotAt = this.#elapsed.now();
  }

  #record(command: Command): void {
    this.#state.record(command);
    this.#dirty = true;
  }

  #tell(): void {
    const changes = this.#untold;
    this.#untold = [];
    for (const order of changes) this.#changes.emit(order);
  }
}

/** What the exchange refused then, it refuses again. */
function doAgain(exchange: SimulatedExchange, command: Command): void {
  switch (command.kind) {
    case 'place':
      exchange.place(command.order);
      break;
    case 'change':
      exchange.change(command.id, command.change);
      break;
    case 'cancel':
      exchange.cancel(command.id);
      break;
    case 'split':
      exchange.split(command.symbol, command.ratio);
      break;
    case 'dividend':
      exchange.dividend(command.symbol, command.perShare, command.reinvest);
  }
}
