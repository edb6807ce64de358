import assert from 'node:assert/strict';
import { AlertDesk } from './alert-desk.ts';

const MINUTE = 60_000;
const KNOWN = 220;
const TOLD = 200;

/** Where the market stands after each bar, by the definitions, over the whole series. */
type Sides = (closes: number[], volumes: number[]) => string[];

const rsi = (closes: number[], length = 14): number[] => {
  let [gain, loss] = [0, 0];
  return closes.map((close, n) => {
    const change = n === 0 ? 0 : close - (closes[n - 1] as number);
    // Wilder's average: the mean of the first changes, then one part in `length` of each.
    const kept = n <= length ? 1 : (length - 1) / length;
    gain = gain * kept + Math.max(change, 0) / length;
    loss = loss * kept + Math.max(-change, 0) / length;
    return n < length ? Number.NaN : 100 - 100 / (1 + gain / loss);
  });
};

const ema = (values: number[], length: number): number[] => {
  const begin = values.findIndex((value) => !Number.isNaN(value)) + length - 1;
  let average = Number.NaN;
  return values.map((value, n) => {
    if (n === begin) average = mean(values.slice(n - length + 1, n + 1));
    else if (n > begin) average += (value - average) * (2 / (length + 1));
    return average;
  });
};

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const macd: Sides = (closes) => {
  const slow = ema(closes, 26);
  const line = ema(closes, 12).map((fast, n) => fast - (slow[n] as number));
  const signal = ema(line, 9);
  return line.map((value, n) => (value > (signal[n] as number) ? 'up' : 'down'));
};

const bands: Sides = (closes) =>
  closes.map((close, n) => {
    const window = closes.slice(Math.max(0, n - 19), n + 1);
    const middle = mean(window);
    const deviation = Math.sqrt(mean(window.map((value) => (value - middle) ** 2)));
    return close > middle + 2 * deviation ? 'up' : close < middle - 2 * deviation ? 'down' : 'mid';
  });

const inside = (truth: boolean) => (truth ? 'in' : 'out');
const CASES: { terms: Record<string, unknown>; sides: Sides; wanted: string[] }[] = [
  {
    terms: { condition: 'volume_above', value: 750 },
    sides: (_, volumes) => volumes.map((volume) => inside(volume > 750)),
    wanted: ['in'],
  },
  {
    terms: { condition: 'volume_below', value: 250 },
    sides: (_, volumes) => volumes.map((volume) => inside(volume < 250)),
    wanted: ['in'],
  },
  {
    terms: { condition: 'rsi_overbought', value: 60 },
    sides: (closes) => rsi(closes).map((value) => inside(value > 60)),
    wanted: ['in'],
  },
  {
    terms: { condition: 'rsi_oversold', value: 40 },
    sides: (closes) => rsi(closes).map((value) => inside(value < 40)),
    wanted: ['in'],
  },
  { terms: { condition: 'macd_signal', direction: 'any' }, sides: macd, wanted: ['up', 'down'] },
  { terms: { condition: 'macd_signal', direction: 'up' }, sides: macd, wanted: ['up'] },
  { terms: { condition: 'macd_signal', direction: 'down' }, sides: macd, wanted: ['down'] },
  { terms: { condition: 'bollinger_break', direction: 'any' }, sides: bands, wanted: ['up', 'down'] },
  { terms: { condition: 'bollinger_break', direction: 'up' }, sides: bands, wanted: ['up'] },
  { terms: { condition: 'bollinger_break', direction: 'down' }, sides: bands, wanted: ['down'] },
];

describe('alerts on bars', function () {
  this.timeout(30_000);
  const { closes, volumes } = walk(KNOWN + TOLD);
  let desk: AlertDesk;
  beforeEach(() => {
    desk = new AlertDesk();
  });
  afterEach(() => desk.end());

  const bar = (n: number) => desk.market.trade(closes[n] as number, MINUTE, volumes[n]);
  /** The bar of the n-th print ends a minute after it. */
  const endOf = (n: number) => desk.market.open + (n + 2) * MINUTE;
  /** The bars that fire an alert that judges them from `first` on. */
  const expected = ({ terms, sides, wanted }: (typeof CASES)[number], first: number) => {
    const all = sides(closes, volumes);
    const level = terms.condition !== 'macd_signal';
    return all.flatMap((side, n) => {
      if (n < first || !wanted.includes(side)) return [];
      return (n === first && level) || all[n - 1] !== side ? [n] : [];
    });
  };

  for (const one of CASES) {
    const { condition, direction = '' } = one.terms;

    it(`fires ${condition} ${direction} at the end of each bar that comes to it, and at no other`, async () => {
      for (let n = 0; n < KNOWN; n++) await bar(n);
      desk.add({ ...one.terms, interval: '1', repeat: 'every' });
      const due = expected(one, KNOWN - 1);
      assert.ok(due.length >= 3, `${due.length} crossings prove little`);
      for (let n = KNOWN; n < closes.length; n++) {
        await bar(n);
        const told = due.filter((bar) => endOf(bar) <= desk.market.clock.market.now());
        assert.deepEqual(
          desk.firings.map(({ at, price, missed }) => [at, price, missed]),
          told.map((bar) => [endOf(bar), closes[bar], false]),
          `after bar ${n}`,
        );
      }
    });

    it(`finds what ${condition} ${direction} did over a restart, once each`, async () => {
      for (let n = 0; n < KNOWN; n++) await bar(n);
      desk.add({ ...one.terms, interval: '1', repeat: 'every' });
      const due = expected(one, KNOWN - 1);
      for (let n = KNOWN; n < KNOWN + 50; n++) await bar(n);
      desk.book.close();
      for (let n = KNOWN + 50; n < closes.length - 10; n++) await bar(n);
      desk.open();
      for (let n = closes.length - 10; n < closes.length; n++) await bar(n);
      const judged = due.filter((bar) => bar < closes.length - 1);
      assert.deepEqual(
        desk.firings.map(({ at }) => at),
        judged.map(endOf),
      );
      const opened = desk.market.open + (closes.length - 10) * MINUTE;
      for (const { at, missed } of desk.firings)
        if (at < endOf(KNOWN + 49) || at >= opened - 5 * MINUTE) assert.equal(missed, false);
        else assert.equal(missed, true);
    });
  }

  it('begins a crossing of the MACD where the market stands: the next bar may cross', async () => {
    const sides = macd(closes, volumes);
    const crossings = sides.flatMap((side, n) => (n > KNOWN && side !== sides[n - 1] ? [n] : []));
    const next = crossings[0] as number;
    // Its bar still forms when the alert is made.
    for (let n = 0; n <= next; n++) await bar(n);
    desk.add({ condition: 'macd_signal', interval: '1' });
    await bar(next + 1);
    assert.deepEqual(
      desk.firings.map(({ at }) => at),
      [endOf(next)],
    );
  });

  it('are not late on a feed that is: a bar told by it is neither missed nor without its signal', async () => {
    desk.end();
    desk = new AlertDesk(15 * MINUTE);
    await desk.market.trade(100, MINUTE, 100);
    const signal = { action: 'buy', quantity: 1 };
    desk.add({ condition: 'volume_above', value: 500, interval: '1', signal });
    await desk.market.trade(100, MINUTE, 600);
    await desk.market.trade(100, MINUTE, 100);
    const late = desk.firings.map(({ at, missed, signal }) => [
      desk.market.clock.market.now() - at,
      missed,
      signal?.action,
    ]);
    assert.deepEqual(late, [[15 * MINUTE, false, 'buy']]);
  });
});

/** Prices that wander with a drift that turns, and volumes of 0 to 1,000; the same each time. */
function walk(count: number): { closes: number[]; volumes: number[] } {
  let seed = 7;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const closes: number[] = [];
  const volumes: number[] = [];
  for (let n = 0; n < count; n++) {
    const drift = 0.25 * Math.sin(n / 11);
    closes.push(Math.round(((closes[n - 1] ?? 100) + drift + (random() - 0.5) * 0.8) * 100) / 100);
    volumes.push(Math.round(random() * 1_000));
  }
  return { closes, volumes };
}
