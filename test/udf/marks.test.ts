import assert from 'node:assert/strict';
import fc from 'fast-check';
import { INTERVALS, type Interval } from '../../lib/market/bars/intervals.ts';
import { DAY, HOUR, MINUTE, toEpoch } from '../../lib/market/exchange-time.ts';
import type { Annotation } from '../../lib/orders/annotations.ts';
import { asRead, directly } from './chart-desk.ts';
import { FilledMarket } from './filled-market.ts';
import { UdfReader } from './reader.ts';

const NOW = toEpoch('2026-03-06', '15:59');
const OPEN = toEpoch('2026-03-06', '09:30');
let filled: FilledMarket;

const fill = (at: number, n = 0): Annotation => ({
  kind: 'fill',
  id: `fill-${at}-${n}`,
  at,
  side: 'buy',
  quantity: 10,
  price: 150.5,
  book: 'tradingview',
});
const signal = (at: number, reasons: string[] = []): Annotation => ({
  kind: 'signal',
  id: `signal-${at}`,
  at,
  action: 'sell_short',
  quantity: 5,
  book: 'momentum',
  refusals: reasons.map((message) => ({ rule: 'rule', message })),
});

function chart(annotations: Annotation[]): UdfReader {
  return new UdfReader({ get: directly(filled.source({ annotations })), now: () => NOW });
}

describe('udf marks', () => {
  before(() => {
    filled = new FilledMarket(NOW);
  });
  after(() => filled.close());

  const day = Math.floor(OPEN / DAY) * (DAY / 1000);
  const find = (
    annotations: Annotation[],
    resolution = '5',
    kind: 'marks' | 'timescale_marks' = 'marks',
    from = day - 30 * 86_400,
    to = day + 86_400,
  ) => chart(annotations).marks(kind, 'AAPL', resolution, from, to);

  it('say what was bought, sold, wanted and refused', async () => {
    const at = OPEN + 12 * MINUTE;
    const marks = await find([
      fill(at),
      { ...fill(at, 1), side: 'sell_short', price: 99.999 } as Annotation,
      { ...fill(at, 2), price: 0.0031 } as Annotation,
      signal(at),
      signal(at + 1, ['too large', 'too late']),
    ]);
    assert.deepEqual(
      marks.map(({ label, text, time }) => [label, text, time]),
      [
        ['B', 'Bought 10 AAPL at 150.50, tradingview', (OPEN + 10 * MINUTE) / 1000],
        ['S', 'Sold short 10 AAPL at 100.00, tradingview', (OPEN + 10 * MINUTE) / 1000],
        ['B', 'Bought 10 AAPL at 0.0031, tradingview', (OPEN + 10 * MINUTE) / 1000],
        ['A', 'Signal: sell short 5 AAPL, momentum', (OPEN + 10 * MINUTE) / 1000],
        ['R', 'Refused: sell short 5 AAPL, momentum: too large; too late', (OPEN + 10 * MINUTE) / 1000],
      ],
    );
  });

  it('stand on the last bar of the session when they happened after it', async () => {
    const evening = toEpoch('2026-03-05', '21:00');
    assert.equal((await find([signal(evening)], '5'))[0]?.time, toEpoch('2026-03-05', '15:55') / 1000);
    assert.equal((await find([signal(evening)], '60'))[0]?.time, toEpoch('2026-03-05', '15:30') / 1000);
    assert.equal((await find([signal(evening)], '1D'))[0]?.time, day - 86_400);
  });

  it('are at most ten on a bar, the newest, and say how many came before', async () => {
    const many = Array.from({ length: 14 }, (_, n) => fill(OPEN + n * 1_000, n));
    const marks = await find(many);
    assert.equal(marks.length, 10);
    assert.match(String(marks[0]?.text), /\(and 4 before it\)$/);
    const [scale, ...more] = await find(many, '5', 'timescale_marks');
    assert.equal(more.length, 0);
    const tooltip = scale?.tooltip as string[] | undefined;
    assert.deepEqual([tooltip?.length, tooltip?.[0]], [11, '4 more before these']);
  });

  it('take the colour and letter of what weighs most on the time scale', async () => {
    const [scale] = await find(
      [fill(OPEN), signal(OPEN + 1), signal(OPEN + 2, ['no'])],
      '5',
      'timescale_marks',
    );
    assert.equal(scale?.label, 'B');
    const [refused] = await find([signal(OPEN + 1), signal(OPEN + 2, ['no'])], '5', 'timescale_marks');
    assert.equal(refused?.label, 'R');
  });

  it('lie on bars that are there, whatever the resolution and the instant', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...INTERVALS),
        fc.integer({ min: 0, max: 240 }),
        async (interval: Interval, hours) => {
          const at = NOW - hours * HOUR;
          const times = new Set(filled.of(interval).map((bar) => asRead(interval, bar).time));
          const marks = await find([fill(at)], interval, 'marks', day - 60 * 86_400);
          assert.equal(marks.length, 1);
          assert.ok(times.has(Number(marks[0]?.time)), `${interval}: no bar at ${marks[0]?.time}`);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('of a simulated market are found by the clock of the wall, as its bars are', async () => {
    const wall = NOW + 3 * DAY + 5 * HOUR;
    const annotations = [fill(NOW - 10 * MINUTE), fill(NOW - 5 * HOUR, 1), fill(NOW - 2 * DAY, 2)];
    const get = directly(filled.source({ ahead: wall - NOW, simulated: true, annotations }));
    const to = Math.floor(wall / 1000);
    const range = `symbol=AAPL&resolution=5&from=${to - 3_600}&to=${to}`;
    const times = (JSON.parse(await get(`/history?${range}`)) as { t: number[] }).t;
    const found = (path: string) =>
      get(`/${path}?${range}`).then((text) =>
        (JSON.parse(text) as { time: number }[]).map(({ time }) => time),
      );
    for (const path of ['marks', 'timescale_marks']) {
      const [mark, ...more] = await found(path);
      assert.deepEqual([mark, more.length], [(OPEN + 375 * MINUTE) / 1000, 0], path);
      assert.ok(times.includes(Number(mark)));
    }
    // By the times of the bars themselves, as a chart that holds them asks, they are found too.
    const literal = `symbol=AAPL&resolution=5&from=${NOW / 1000 - 7_200}&to=${NOW / 1000}`;
    assert.equal((JSON.parse(await get(`/marks?${literal}`)) as unknown[]).length, 1);
  });

  it('outside of the range asked for stay away', async () => {
    const from = OPEN / 1000;
    assert.equal((await find([fill(OPEN - DAY)], '5', 'marks', from)).length, 0);
    assert.equal((await find([fill(OPEN)], '5', 'marks', from, from)).length, 1);
  });
});
