import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Bar } from '../../../lib/domain/market-data.ts';
import type { BarUpdate } from '../../../lib/market/bars/contract.ts';
import { type Interval, minutesOf } from '../../../lib/market/bars/intervals.ts';
import { openSession, sessionOn } from '../../../lib/market/calendar.ts';
import { MINUTE } from '../../../lib/market/exchange-time.ts';
import { Setup } from './service-setup.ts';
import { UnrulySource } from './unruly-source.ts';

/** Days that follow one another: common ones, both changes of the clocks, half days before a holiday or a weekend. */
const DAYS = [
  ['2026-03-03', '2026-03-04'],
  ['2026-03-06', '2026-03-09'],
  ['2026-10-30', '2026-11-02'],
  ['2026-11-27', '2026-11-30'],
  ['2025-12-24', '2025-12-26'],
] as const;
const SYMBOLS = ['F', 'KO', 'NVDA', 'BRK/B', 'XLU'] as const;
const LENGTHS = ['1', '3', '5', '10', '15', '30', '60', 'D'] as const;
/** By then everything works again, each day, and how long after the close one looks. */
const CALM_AFTER_CLOSE = MINUTE;
const LOOK_AFTER_CLOSE = 4 * MINUTE;

/** Of a day that lasts from 0 to 1, from the minute it begins in to a minute after its close. */
const spell = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  ms: fc.oneof(
    fc.integer({ min: 1, max: 3_000 }),
    fc.integer({ min: 3_000, max: 5 * MINUTE }),
    fc.integer({ min: 5 * MINUTE, max: 240 * MINUTE }),
  ),
});

const day = fc.record({
  /** Where the first watched stretch begins, and how long it and the one around the close are. */
  start: fc.double({ min: 0, max: 0.9, noNaN: true }),
  watch: fc.integer({ min: 1, max: 25 * MINUTE }),
  beforeClose: fc.integer({ min: 1, max: 8 * MINUTE }),
  step: fc.integer({ min: 200, max: 20_000 }),
  outages: fc.array(spell, { maxLength: 4 }),
  failures: fc.array(spell, { maxLength: 2 }),
});

const every = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60 }));
const disorder = fc.record({ repeatEvery: every, swapEvery: every });
const lateness = fc.record({
  lateEvery: fc.integer({ min: 5, max: 200 }),
  lateMs: fc.integer({ min: 1, max: 90 * MINUTE }),
});

const world = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  dates: fc.constantFrom(...DAYS),
  days: fc.tuple(day, day),
  symbols: fc.uniqueArray(fc.constantFrom(...SYMBOLS), { minLength: 1, maxLength: 2 }),
  intervals: fc.uniqueArray(fc.constantFrom<Interval>(...LENGTHS), { minLength: 1, maxLength: 3 }),
});

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;
type Disorder = typeof disorder extends fc.Arbitrary<infer T> ? T : never;

interface Heard {
  symbol: string;
  interval: Interval;
  from: number;
  updates: BarUpdate[];
}

/** Lives through both days and tells what the followers heard. */
async function live(
  { seed, dates, days, symbols, intervals }: World,
  trouble: Disorder & { lateEvery: number; lateMs: number },
  check: (setup: Setup<UnrulySource>, heard: Heard[]) => void,
): Promise<void> {
  const begins = (n: 0 | 1) => {
    const { open, close } = sessionOf(dates[n]);
    // Now and then before the bell.
    return Math.round(open - 3 * MINUTE + days[n].start * (close - open));
  };
  const setup = new Setup(new UnrulySource(begins(0), seed));
  try {
    const { source } = setup;
    const spells = (kind: 'outages' | 'failures') =>
      ([0, 1] as const).flatMap((n) => {
        const until = sessionOf(dates[n]).close + CALM_AFTER_CLOSE;
        const from = begins(n);
        return days[n][kind].map(({ at, ms }) => {
          const start = Math.round(from + at * (until - from));
          return { from: start, to: Math.min(start + ms, until) };
        });
      });
    source.trouble = { ...trouble, outages: spells('outages'), failures: spells('failures') };
    const heard: Heard[] = [];
    for (const symbol of symbols)
      for (const interval of intervals) {
        const updates: BarUpdate[] = [];
        heard.push({ symbol, interval, from: firstOpen(setup.now, interval), updates });
        setup.bars.follow(symbol, interval, {}, (update) => updates.push(update));
      }
    for (const n of [0, 1] as const) {
      const { close } = sessionOf(dates[n]);
      const { watch, beforeClose, step } = days[n];
      if (n === 1) source.clock.skipTo(begins(1));
      await source.run(Math.min(watch, close - setup.now), step);
      if (setup.now < close - beforeClose) source.clock.skipTo(close - beforeClose);
      await source.run(close + LOOK_AFTER_CLOSE - setup.now, step);
    }
    check(setup, heard);
  } finally {
    setup.dispose();
  }
}

function sessionOf(date: string) {
  const session = sessionOn(date);
  assert.ok(session, date);
  return session;
}

/** The open of the bar that forms at an instant, or the instant outside the sessions. */
function firstOpen(at: number, interval: Interval): number {
  const session = openSession(at);
  if (session === null) return at;
  const width = (minutesOf(interval) ?? 390) * MINUTE;
  return session.open + Math.floor((at - session.open) / width) * width;
}

/** Every bar told once when it closed, the oldest first; what is known of each in the end. */
function inTheEnd({ updates }: Heard): Bar[] {
  const told = new Map<number, Bar>();
  for (const { kind, bar } of updates) {
    if (kind === 'closed') assert.ok(bar.time > ([...told.keys()].at(-1) ?? 0), 'told once and in order');
    else assert.ok(kind === 'corrected' && told.has(bar.time), 'corrected after it was told');
    told.set(bar.time, bar);
  }
  return [...told.values()];
}

function assertWhole(setup: Setup<UnrulySource>, heard: Heard[]): void {
  for (const one of heard) {
    const { symbol, interval, from } = one;
    const expected = setup.truth(symbol, interval, from, setup.now).filter((bar) => bar.closed);
    assert.ok(expected.length >= 2);
    const told = inTheEnd(one);
    const name = `${symbol} ${interval}`;
    // The lists are long: where they part is what one wants to read.
    const n = expected.findIndex((bar, at) => !isDeepStrictEqual(bar, told[at]));
    assert.deepEqual(told[n], expected[n], `${name}: bar ${n} of ${expected.length}, ${told.length} told`);
    assert.equal(told.length, expected.length, name);
  }
}

describe('bars of any stream', () => {
  it('equal those of the full tape, whatever was lost, repeated or in disorder, whenever reads failed', async () => {
    await fc.assert(
      fc.asyncProperty(world, disorder, (one, trouble) =>
        live(one, { ...trouble, lateEvery: 0, lateMs: 0 }, (setup, heard) => {
          assertWhole(setup, heard);
          for (const { updates } of heard) assert.ok(updates.every(({ kind }) => kind === 'closed'));
        }),
      ),
      { numRuns: 100, endOnFailure: true },
    );
  }).timeout(60_000);

  it('come to equal them by corrections when prints are reported late', async () => {
    await fc.assert(
      fc.asyncProperty(world, disorder, lateness, (one, trouble, late) =>
        live(one, { ...trouble, ...late }, assertWhole),
      ),
      { numRuns: 60, endOnFailure: true },
    );
  }).timeout(60_000);
});
