const MINUTE = 60_000;

export interface Print {
  time: number;
  price: number;
}

/** One firing that is due; null where the tape does not say whether it counts as missed. */
export interface Due {
  missed: boolean | null;
}

/**
 * What an alert on one price has to tell, written from what is known alone: each price that was heard, and of a gap its
 * bars of one minute. A bar shows a crossing when every way from what was known before through its open, its extremes in
 * either order and its close has one. Counted are comings to the wanted side; of one bar, one.
 */
export class Known {
  readonly due: Due[] = [];
  readonly #wanted: (price: number) => boolean;
  readonly #level: boolean;
  /** null before the first price. */
  #side: boolean | null = null;
  /** Nothing else was heard since. */
  #since = 0;
  /** Everything before was heard, or read from bars. */
  #sure = 0;

  /** `level`: standing there at first is enough. */
  constructor(wanted: (price: number) => boolean, level: boolean) {
    this.#wanted = wanted;
    this.#level = level;
  }

  heard({ price, time }: Print): void {
    const side = this.#wanted(price);
    if (side && (this.#side === null ? this.#level : !this.#side)) this.due.push({ missed: false });
    if (side !== this.#side) this.#since = time;
    this.#side = side;
    this.#sure = time;
  }

  /** After a restart it is not known since when it stood there. */
  forget(): void {
    this.#since = this.#sure;
  }

  /** At `now` the prints since the last sure instant are shown as bars; `next` was heard at `now`. */
  bars(tape: readonly Print[], now: number, next: number | null): void {
    const from = this.#sure - (this.#sure % MINUTE);
    for (let start = from; start <= now; start += MINUTE) {
      const prices = tape
        .filter(({ time }) => time >= start && time < start + MINUTE)
        .map(({ price }) => price);
      const end = start + MINUTE;
      if (prices.length === 0 || end <= this.#sure) continue;
      const ended = next === null || end <= now;
      const whole = start >= this.#since;
      if (!whole && !ended) continue;
      const [open, close] = [prices[0] as number, prices.at(-1) as number];
      const extremes = [Math.max(...prices), Math.min(...prices)];
      const ways = whole
        ? [extremes, [...extremes].reverse()].map((way) => [open, ...way, ended ? close : (next as number)])
        : [[close]];
      const told = !ended && this.#wanted(next as number);
      const crossed = Math.min(...ways.map((way) => this.#comings(way))) > 0;
      const until = Math.min(end, now);
      const side = this.#wanted(ended ? close : (next as number));
      // What was heard next may itself be the crossing.
      if (crossed) this.due.push({ missed: told ? null : true });
      if (crossed || side !== this.#side) this.#since = until;
      this.#side = side;
      this.#sure = Math.max(this.#sure, until);
    }
  }

  #comings(way: number[]): number {
    let before = this.#side;
    let count = 0;
    for (const price of way) {
      const side = this.#wanted(price);
      if (side && before === false) count += 1;
      before = side;
    }
    return count;
  }
}
