import type { EpochMs } from '../../domain/clock.ts';
import type { Bar } from '../../domain/market-data.ts';
import type { BarStore, TimeRange } from '../bars/contract.ts';
import type { Tier } from '../bars/intervals.ts';
import { DAY } from '../exchange-time.ts';
import type { MarketDatabase } from './database.ts';
import { Ranges } from './ranges.ts';

/** How much time one piece of a series in memory spans. No session crosses midnight UTC, so none is cut. */
const PIECE_MS: Record<Tier, number> = { '1': 7 * DAY, '5': 28 * DAY, '15': 28 * DAY, D: 3_650 * DAY };

const INSERT = 'INSERT INTO bar VALUES (:id, :time, :open, :high, :low, :close, :volume)';

export interface BarStoreLimits {
  /** Bars kept in memory; 400,000 by default. */
  memory?: number;
  /** Bars kept on disk, about 60 bytes each; 3,000,000 by default. */
  disk?: number;
}

interface Series {
  id: number;
  symbol: string;
  covered: Ranges;
  bars: number;
}

/** Bars on disk, with the pieces used last in memory. What is unused the longest goes when there are too many. */
export class DiskBarStore implements BarStore {
  readonly #db: MarketDatabase;
  readonly #limits: Required<BarStoreLimits>;
  readonly #series = new Map<string, Series>();
  /** The piece used last stands last. */
  readonly #pieces = new Map<string, readonly Bar[]>();
  /** Counts the openings of the file: what was not used for many of them goes first. */
  readonly #run: number;
  #inMemory = 0;
  #onDisk: number;

  constructor(db: MarketDatabase, limits: BarStoreLimits = {}) {
    this.#db = db;
    this.#limits = { memory: limits.memory ?? 400_000, disk: limits.disk ?? 3_000_000 };
    const totals = db.get('SELECT coalesce(sum(bars), 0) AS bars, coalesce(max(used), 0) AS run FROM series');
    this.#onDisk = Number(totals?.bars);
    this.#run = Number(totals?.run) + 1;
  }

  /** How many bars are in memory now. */
  get inMemory(): number {
    return this.#inMemory;
  }

  read(symbol: string, tier: Tier, range: TimeRange): readonly Bar[] {
    const found: Bar[] = [];
    for (const piece of this.pieces(symbol, tier, range)) {
      const start = firstAt(piece, range.from);
      const end = firstAt(piece, range.to);
      if (start === 0 && end === piece.length && found.length === 0) found.push(...piece);
      else for (let i = start; i < end; i++) found.push(piece[i] as Bar);
    }
    return found;
  }

  /** The whole pieces of a series that overlap a range. An array stays the same while nothing in it changes. */
  pieces(symbol: string, tier: Tier, { from, to }: TimeRange): (readonly Bar[])[] {
    const series = this.#find(symbol, tier);
    if (series === null) return [];
    const known = series.covered.list;
    const first = Math.max(from, known[0]?.from ?? Number.POSITIVE_INFINITY);
    const last = Math.min(to, known.at(-1)?.to ?? Number.NEGATIVE_INFINITY);
    const pieces: (readonly Bar[])[] = [];
    if (!(first < last)) return pieces;
    for (let n = pieceOf(tier, first); n <= pieceOf(tier, last - 1); n++) {
      const piece = this.#piece(series, tier, n);
      if (piece.length > 0) pieces.push(piece);
    }
    return pieces;
  }

  missing(symbol: string, tier: Tier, range: TimeRange): TimeRange[] {
    return (this.#find(symbol, tier)?.covered ?? new Ranges()).missing(range);
  }

  write(symbol: string, tier: Tier, range: TimeRange, bars: readonly Bar[]): void {
    if (!(range.from < range.to)) return;
    const series = this.#find(symbol, tier) ?? this.#create(symbol, tier);
    const sorted = [...bars].sort((a, b) => a.time - b.time);
    const { covered, bars: before } = series;
    try {
      this.#db.transaction(() => this.#store(series, tier, range, sorted));
    } catch (error) {
      // What was not written is not held.
      this.#onDisk += before - series.bars;
      Object.assign(series, { covered, bars: before });
      throw error;
    }
    this.#refresh(series, tier, range, sorted);
    this.#trimDisk(series);
  }

  forget(what: { symbol: string } | { after: EpochMs }): void {
    const rows =
      'symbol' in what
        ? this.#db.all('SELECT id FROM series WHERE symbol = :symbol', { symbol: what.symbol })
        : this.#db.all('SELECT DISTINCT series AS id FROM covered WHERE stop > :after', {
            after: what.after,
          });
    const from = 'symbol' in what ? Number.MIN_SAFE_INTEGER : what.after;
    this.#db.transaction(() => {
      for (const { id } of rows) this.#cut(Number(id), { from, to: Number.MAX_SAFE_INTEGER });
    });
    // Rare enough to read everything again.
    this.#series.clear();
    this.#pieces.clear();
    this.#inMemory = 0;
    this.#onDisk = Number(this.#db.get('SELECT coalesce(sum(bars), 0) AS bars FROM series')?.bars);
  }

  close(): void {
    this.#series.clear();
    this.#pieces.clear();
  }

  /** null for what nothing was ever kept of: asking leaves no trace. */
  #find(symbol: string, tier: Tier): Series | null {
    const key = `${symbol} ${tier}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const row = this.#db.get('SELECT id, bars FROM series WHERE symbol = :symbol AND tier = :tier', {
      symbol,
      tier,
    });
    if (row === undefined) return null;
    const id = Number(row.id);
    this.#use(id);
    const ranges = this.#db.all('SELECT start, stop FROM covered WHERE series = :id ORDER BY start', { id });
    const covered = new Ranges(
      ranges.map((range) => ({ from: Number(range.start), to: Number(range.stop) })),
    );
    const series = { id, symbol, covered, bars: Number(row.bars) };
    this.#series.set(key, series);
    return series;
  }

  /** Notes that a series is used in this run. On a full disk only the order in which series go is not kept. */
  #use(id: number): void {
    try {
      this.#db.run('UPDATE series SET used = :run WHERE id = :id', { id, run: this.#run });
    } catch {
      // Reading goes on.
    }
  }

  #create(symbol: string, tier: Tier): Series {
    const row = this.#db.get(
      'INSERT INTO series (symbol, tier, used) VALUES (:symbol, :tier, :run) RETURNING id',
      { symbol, tier, run: this.#run },
    );
    const series = { id: Number(row?.id), symbol, covered: new Ranges(), bars: 0 };
    this.#series.set(`${symbol} ${tier}`, series);
    return series;
  }

  #store(series: Series, tier: Tier, range: TimeRange, bars: readonly Bar[]): void {
    const { id } = series;
    const within = { id, start: range.from, stop: range.to };
    const old = this.#db.get(
      'SELECT count(*) AS n FROM bar WHERE series = :id AND time >= :start AND time < :stop',
      within,
    );
    if (Number(old?.n) > 0)
      this.#db.run('DELETE FROM bar WHERE series = :id AND time >= :start AND time < :stop', within);
    for (const { time, open, high, low, close, volume } of bars) {
      if (time < range.from || time >= range.to)
        throw new RangeError(`a bar of ${series.symbol} ${tier} is outside its range`);
      this.#db.run(INSERT, { id, time, open, high, low, close, volume });
    }
    const more = bars.length - Number(old?.n);
    this.#db.run('UPDATE series SET bars = bars + :more WHERE id = :id', { id, more });
    const covered = new Ranges(series.covered.list);
    covered.add(range);
    this.#saveCoverage(id, series.covered, covered);
    series.covered = covered;
    series.bars += more;
    this.#onDisk += more;
  }

  /** Writes only what differs: most often one range grew. */
  #saveCoverage(id: number, before: Ranges, after: Ranges): void {
    const same = (a: TimeRange) => (b: TimeRange) => a.from === b.from && a.to === b.to;
    for (const range of before.list) {
      if (!after.list.some(same(range)))
        this.#db.run('DELETE FROM covered WHERE series = :id AND start = :start', { id, start: range.from });
    }
    for (const range of after.list) {
      if (!before.list.some(same(range)))
        this.#db.run('INSERT INTO covered VALUES (:id, :start, :stop)', {
          id,
          start: range.from,
          stop: range.to,
        });
    }
  }

  #cut(id: number, range: TimeRange): void {
    const within = { id, start: range.from, stop: range.to };
    this.#db.run('DELETE FROM bar WHERE series = :id AND time >= :start AND time < :stop', within);
    const rows = this.#db.all('SELECT start, stop FROM covered WHERE series = :id', { id });
    const covered = new Ranges(rows.map(({ start, stop }) => ({ from: Number(start), to: Number(stop) })));
    const left = new Ranges(covered.list);
    left.remove(range);
    this.#saveCoverage(id, covered, left);
    this.#db.run('UPDATE series SET bars = (SELECT count(*) FROM bar WHERE series = :id) WHERE id = :id', {
      id,
    });
  }

  #piece(series: Series, tier: Tier, n: number): readonly Bar[] {
    const key = `${series.id} ${n}`;
    const known = this.#pieces.get(key);
    if (known !== undefined) {
      this.#pieces.delete(key);
      this.#pieces.set(key, known);
      return known;
    }
    const rows = this.#db.all(
      `SELECT time, open, high, low, close, volume FROM bar
       WHERE series = :id AND time >= :start AND time < :stop ORDER BY time`,
      { id: series.id, start: n * PIECE_MS[tier], stop: (n + 1) * PIECE_MS[tier] },
    );
    const { symbol } = series;
    const piece = rows.map((row) => ({ symbol, ...row, closed: true }) as unknown as Bar);
    this.#keep(key, piece);
    return piece;
  }

  #keep(key: string, piece: readonly Bar[]): void {
    this.#inMemory += piece.length - (this.#pieces.get(key)?.length ?? 0);
    this.#pieces.delete(key);
    this.#pieces.set(key, piece);
    for (const [oldest, bars] of this.#pieces) {
      if (this.#inMemory <= this.#limits.memory || oldest === key) return;
      this.#pieces.delete(oldest);
      this.#inMemory -= bars.length;
    }
  }

  /** Puts what was written into the pieces that are in memory. */
  #refresh(series: Series, tier: Tier, range: TimeRange, bars: readonly Bar[]): void {
    for (let n = pieceOf(tier, range.from); n <= pieceOf(tier, range.to - 1); n++) {
      const key = `${series.id} ${n}`;
      const piece = this.#pieces.get(key);
      if (piece === undefined) continue;
      const start = n * PIECE_MS[tier];
      const own = bars.filter(({ time }) => time >= start && time < start + PIECE_MS[tier]);
      const { symbol } = series;
      this.#keep(key, [
        ...piece.slice(0, firstAt(piece, range.from)),
        ...own.map(({ time, open, high, low, close, volume }) => {
          return { symbol, time, open, high, low, close, volume, closed: true };
        }),
        ...piece.slice(firstAt(piece, range.to)),
      ]);
    }
  }

  /** Lets go of whole series, the longest unused first, but never of the one just written. */
  #trimDisk(written: Series): void {
    if (this.#onDisk <= this.#limits.disk) return;
    const rows = this.#db.all('SELECT id, bars FROM series WHERE bars > 0 AND id <> :id ORDER BY used, id', {
      id: written.id,
    });
    this.#db.transaction(() => {
      for (const { id, bars } of rows) {
        if (this.#onDisk <= this.#limits.disk * 0.9) return;
        this.#cut(Number(id), { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER });
        this.#onDisk -= Number(bars);
      }
    });
    this.#series.clear();
    this.#pieces.clear();
    this.#inMemory = 0;
  }
}

function pieceOf(tier: Tier, at: EpochMs): number {
  return Math.floor(at / PIECE_MS[tier]);
}

/** The place of the first bar at or after an instant. */
export function firstAt(bars: readonly Bar[], at: EpochMs): number {
  let low = 0;
  let high = bars.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bars[middle] as Bar).time < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
