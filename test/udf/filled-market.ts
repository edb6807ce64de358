import type { EpochMs } from '../../lib/domain/clock.ts';
import type { Bar } from '../../lib/domain/market-data.ts';
import { INTERVALS, type Interval, TIERS, type Tier } from '../../lib/market/bars/intervals.ts';
import { allSessions } from '../../lib/market/calendar.ts';
import { MINUTE, weekday } from '../../lib/market/exchange-time.ts';
import { TapeSource } from '../market/bars/tape-source.ts';
import { MarketDesk } from './market-desk.ts';

/** How many sessions of minutes are held; of days, all since 2015. */
export interface Held {
  1: number;
  5: number;
  15: number;
}

/** As far back as the broker would be asked: nothing is ever missing. */
const REACH: Held = { 1: 20, 5: 40, 15: 40 };
const MADE_OF: Record<Interval, keyof Held | 'D'> = {
  1: 1,
  3: 1,
  5: 5,
  10: 5,
  15: 15,
  30: 15,
  60: 15,
  120: 15,
  240: 15,
  D: 'D',
  W: 'D',
  M: 'D',
};
const SYMBOL = 'AAPL';

/**
 * The real bar service over the real store, filled up to the session of `now` with bars that never were, so that none can
 * come from anywhere else. What they are in every interval is added up here, minute by minute.
 */
export class FilledMarket extends MarketDesk {
  readonly now: EpochMs;
  readonly #all = new Map<Interval, Bar[]>(INTERVALS.map((interval) => [interval, []]));

  constructor(now: EpochMs, held: Held = REACH) {
    super(new TapeSource(now));
    this.now = now;
    this.#make(held);
    for (const tier of TIERS) this.#fill(tier);
  }

  /** Every bar of an interval, oldest first. */
  of(interval: Interval): readonly Bar[] {
    return this.#all.get(interval) ?? [];
  }

  /** How often the broker was asked for bars. */
  get barReads(): number {
    return this.market.reads.filter((line) => /^(timesales|history) /.test(line)).length;
  }

  #make(held: Held): void {
    const sessions = allSessions().filter(({ open }) => open <= this.now);
    const minute = priceWalk();
    for (const [n, { open, close }] of sessions.entries()) {
      const minutes: Bar[] = [];
      for (let time = open; time < close; time += MINUTE) minutes.push(minute(time));
      const left = sessions.length - n;
      for (const interval of INTERVALS) {
        const tier = MADE_OF[interval];
        const all = this.of(interval) as Bar[];
        if (tier === 'D') this.#addDay(all, interval, joined(minutes));
        else if (left <= held[tier])
          for (let i = 0; i < minutes.length; i += Number(interval))
            all.push(joined(minutes.slice(i, i + Number(interval))));
      }
    }
  }

  /** To the week or month it belongs to. */
  #addDay(all: Bar[], interval: Interval, day: Bar): void {
    const last = all.at(-1);
    if (
      last !== undefined &&
      interval !== 'D' &&
      periodOf(interval, last.time) === periodOf(interval, day.time)
    )
      all[all.length - 1] = joined([last, day]);
    else all.push(day);
  }

  #fill(tier: Tier): void {
    const bars = this.of(tier);
    const [first, last] = [bars[0], allSessions().findLast(({ open }) => open <= this.now)];
    if (first && last) this.store.write(SYMBOL, tier, { from: first.time, to: last.close }, bars);
  }
}

/** Minutes of a price that wanders between 50 and 500 dollars; the same each time. */
function priceWalk(): (time: EpochMs) => Bar {
  let random = 1;
  let cents = 15_000;
  const upTo = (most: number) => {
    random = (random * 48_271) % 2_147_483_647;
    return random % (most + 1);
  };
  return (time) => {
    const open = cents + upTo(6) - 3;
    const close = Math.min(50_000, Math.max(5_000, open + upTo(40) - 20));
    cents = close;
    return {
      symbol: SYMBOL,
      time,
      open: open / 100,
      high: (Math.max(open, close) + upTo(9)) / 100,
      low: (Math.min(open, close) - upTo(9)) / 100,
      close: close / 100,
      volume: 100 + upTo(90_000),
      closed: true,
    };
  };
}

function joined(bars: readonly Bar[]): Bar {
  const [first, last] = [bars[0] as Bar, bars.at(-1) as Bar];
  let { high, low, volume } = first;
  for (const bar of bars.slice(1)) {
    high = Math.max(high, bar.high);
    low = Math.min(low, bar.low);
    volume += bar.volume;
  }
  return { ...first, high, low, close: last.close, volume };
}

/** The Monday of a week; the month of a month. */
function periodOf(interval: Interval, time: EpochMs): string {
  const date = new Date(time);
  if (interval === 'M') return date.toISOString().slice(0, 7);
  const day = Math.floor(time / 86_400_000);
  return String(day - ((weekday(day) + 6) % 7));
}
