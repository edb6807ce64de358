import type { EpochMs } from '../../domain/clock.ts';
import type { TimeRange } from '../bars/contract.ts';

/** A set of instants as ranges that neither touch nor overlap, oldest first. */
export class Ranges {
  #list: TimeRange[];

  constructor(list: readonly TimeRange[] = []) {
    this.#list = [];
    for (const range of list) this.add(range);
  }

  get list(): readonly TimeRange[] {
    return this.#list;
  }

  add({ from, to }: TimeRange): void {
    if (!(from < to)) return;
    const before = this.#list.filter((range) => range.to < from);
    const after = this.#list.filter((range) => range.from > to);
    const touching = this.#list.slice(before.length, this.#list.length - after.length);
    const joined = {
      from: Math.min(from, touching[0]?.from ?? from),
      to: Math.max(to, touching.at(-1)?.to ?? to),
    };
    this.#list = [...before, joined, ...after];
  }

  remove({ from, to }: TimeRange): void {
    if (!(from < to)) return;
    this.#list = this.#list.flatMap((range) =>
      range.to <= from || range.from >= to
        ? [range]
        : [
            { from: range.from, to: from },
            { from: to, to: range.to },
          ].filter((left) => left.from < left.to),
    );
  }

  /** What of this range is not in the set. */
  missing({ from, to }: TimeRange): TimeRange[] {
    const holes: TimeRange[] = [];
    let at = from;
    for (let n = this.#firstEndingAfter(from); n < this.#list.length; n++) {
      const range = this.#list[n] as TimeRange;
      if (range.from >= to) break;
      if (range.from > at) holes.push({ from: at, to: range.from });
      at = range.to;
    }
    if (at < to) holes.push({ from: at, to });
    return holes;
  }

  #firstEndingAfter(at: EpochMs): number {
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#list[middle] as TimeRange).to <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  holds(range: TimeRange): boolean {
    return this.missing(range).length === 0;
  }
}
