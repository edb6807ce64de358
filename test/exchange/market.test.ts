import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Market } from '../../lib/exchange/market.ts';
import { intradayBars } from '../../lib/exchange/resample.ts';
import { allSessions, newYorkDate, newYorkTime, sessionOn, toEpoch } from '../../lib/market/calendar.ts';
import { cents, exchangeAt, MINUTE, MONDAY } from './floor.ts';

const NAMED = 'AAPL GOOGL MSFT TSLA AMD NVDA SPY QQQ IWM DIA VTI XLK XLF XLE XLV'.split(' ');

describe('simulated market', () => {
  it('lists at least forty symbols, the promised ones among them', () => {
    const { listings } = exchangeAt('09:30');
    const symbols = listings.map((listing) => listing.symbol);
    assert.ok(symbols.length >= 40 && new Set(symbols).size === symbols.length);
    for (const symbol of [...NAMED, 'BRK/B']) assert.ok(symbols.includes(symbol), symbol);
    assert.equal(exchangeAt('09:30').quote('NOPE'), null);
  });

  it('opens AAPL near 150 with the default seed on every day from 2015 to 2030', () => {
    const market = new Market(1);
    const table = market.daily(market.instrument('AAPL') as NonNullable<ReturnType<Market['instrument']>>);
    for (const session of allSessions()) {
      const { open } = table.at(session);
      assert.ok(open > 15_000 * 0.88 && open < 15_000 * 1.12, `${session.date}: ${open}`);
    }
  }).timeout(20_000);

  it('gives a bar by seed, symbol and date alone, whatever the start and the order of requests', () => {
    const late = exchangeAt('15:59', { date: '2026-03-06' });
    for (const listing of [...late.listings].reverse()) late.quote(listing.symbol);
    late.tape('AAPL', 0, late.now);
    const early = exchangeAt('09:30', { date: '2026-01-05' });
    early.advance(late.now);
    for (const symbol of ['MSFT', 'AAPL', 'XLE']) {
      const from = toEpoch(MONDAY);
      assert.deepEqual(early.minuteBars(symbol, from, late.now), late.minuteBars(symbol, from, late.now));
      assert.deepEqual(
        early.dailyBars(symbol, '2025-01-01', MONDAY),
        late.dailyBars(symbol, '2025-01-01', MONDAY),
      );
      assert.deepEqual(early.quote(symbol), late.quote(symbol));
    }
  });

  it('differs by seed and by symbol', () => {
    const bars = [exchangeAt('12:00'), exchangeAt('12:00', { seed: 2 })].flatMap((exchange) => [
      JSON.stringify(exchange.minuteBars('AAPL', 0, exchange.now)),
      JSON.stringify(exchange.minuteBars('AMD', 0, exchange.now)),
    ]);
    assert.equal(new Set(bars).size, 4);
  });

  it('adds its minutes up to its days exactly', () => {
    const exchange = exchangeAt('17:00', { date: '2026-11-30' });
    const minutes = exchange.minuteBars('TSLA', 0, exchange.now);
    const days = exchange.dailyBars('TSLA', '2026-11-16', '2026-11-30');
    assert.equal(days.length, 10);
    for (const day of days) {
      const own = minutes.filter((bar) => newYorkDate(bar.time) === newYorkDate(day.time));
      assert.equal(own.length, newYorkDate(day.time) === '2026-11-27' ? 210 : 390);
      assert.equal(own[0]?.open, day.open);
      assert.equal(own.at(-1)?.close, day.close);
      assert.equal(Math.max(...own.map((bar) => bar.high)), day.high);
      assert.equal(Math.min(...own.map((bar) => bar.low)), day.low);
      assert.equal(
        own.reduce((sum, bar) => sum + bar.volume, 0),
        day.volume,
      );
      assert.ok(day.closed && own.every((bar) => bar.closed));
    }
  });

  it('prints a tape that is the minutes, to the share', () => {
    const exchange = exchangeAt('16:30');
    const session = sessionOn(MONDAY) as NonNullable<ReturnType<typeof sessionOn>>;
    const bars = exchange.minuteBars('XLV', session.open, session.close);
    const tape = exchange.tape('XLV', session.open - 1, session.close, 100_000);
    let volume = 0;
    for (const bar of bars) {
      const prints = tape.filter((print) => print.time >= bar.time && print.time < bar.time + MINUTE);
      assert.ok(prints.length >= 5);
      assert.equal(prints[0]?.price, bar.open);
      assert.equal(prints.at(-1)?.price, bar.close);
      assert.equal(Math.max(...prints.map((print) => print.price)), bar.high);
      assert.equal(Math.min(...prints.map((print) => print.price)), bar.low);
      assert.equal(
        prints.reduce((sum, print) => sum + print.size, 0),
        bar.volume,
      );
      for (const print of prints) {
        volume += print.size;
        assert.equal(print.cumulativeVolume, volume);
        assert.ok(print.size >= 1);
      }
    }
    for (const [i, print] of tape.entries()) if (i > 0) assert.ok(print.time > (tape[i - 1]?.time ?? 0));
    assert.deepEqual(exchange.tape('XLV', session.open, session.close, 7), tape.slice(-7));
    const middle = tape[3000]?.time ?? 0;
    assert.deepEqual(
      exchange.tape('XLV', middle, middle + MINUTE),
      tape.filter((print) => print.time > middle && print.time <= middle + MINUTE),
    );
  });

  it("prints nothing on the boundary of two minutes but the day's opening print", () => {
    const exchange = exchangeAt('17:00');
    for (const symbol of ['AAPL', 'KO', 'COST']) {
      for (const print of exchange.tape(symbol, toEpoch('2026-02-17'), exchange.now, 500_000)) {
        if (print.time % MINUTE === 0) assert.equal(newYorkTime(print.time), '09:30:00');
      }
    }
  });

  it('takes another way each day', () => {
    const exchange = exchangeAt('17:00', { date: '2026-03-03' });
    const moves = (date: string) =>
      exchange
        .minuteBars('AAPL', toEpoch(date), toEpoch(date, '17:00'))
        .map((bar) => Math.log(bar.close / bar.open));
    assert.ok(Math.abs(correlation(moves(MONDAY), moves('2026-03-03'))) < 0.25);
  });

  it('quotes bid < ask on whole cents with the last print between them, and agrees with tape and bars', () => {
    const exchange = exchangeAt('09:30');
    const { open, close } = sessionOn(MONDAY) as NonNullable<ReturnType<typeof sessionOn>>;
    const symbols = exchange.listings.map((listing) => listing.symbol);
    fc.assert(
      fc.property(fc.integer({ min: open, max: close - 1 }), fc.constantFrom(...symbols), (at, symbol) => {
        const now = exchangeAt('09:30');
        now.advance(at);
        const quote = now.quote(symbol);
        assert.ok(quote);
        for (const price of [quote.bid, quote.ask, quote.last]) assert.equal(price, cents(price) / 100);
        assert.ok((quote.bid as number) < (quote.ask as number));
        assert.ok(
          (quote.bid as number) <= (quote.last as number) && (quote.last as number) <= (quote.ask as number),
        );
        assert.ok(quote.bidSize >= 100 && quote.bidSize % 100 === 0);
        const [print] = now.tape(symbol, 0, at, 1);
        assert.deepEqual(
          [quote.last, quote.lastSize, quote.tradeTime, quote.volume],
          [print?.price, print?.size, print?.time, print?.cumulativeVolume],
        );
        const bars = now.minuteBars(symbol, open, close);
        assert.equal(quote.open, bars[0]?.open);
        assert.equal(quote.last, bars.at(-1)?.close);
        assert.equal(quote.high, Math.max(...bars.map((bar) => bar.high)));
        assert.equal(quote.low, Math.min(...bars.map((bar) => bar.low)));
        assert.equal(
          quote.volume,
          bars.reduce((sum, bar) => sum + bar.volume, 0),
        );
        assert.equal(quote.close, null);
        assert.ok((quote.week52High as number) >= (quote.high as number));
      }),
      { numRuns: 40 },
    );
  }).timeout(60_000);

  it('shows nothing that has not happened', () => {
    const at = toEpoch(MONDAY, '10:15:20');
    const exchange = exchangeAt('10:15:20');
    const bars = exchange.minuteBars('AAPL', toEpoch(MONDAY), Number.POSITIVE_INFINITY);
    assert.equal(bars.at(-1)?.time, toEpoch(MONDAY, '10:15'));
    assert.deepEqual(
      bars.map((bar) => bar.closed),
      [...Array(45).fill(true), false],
    );
    const today = exchange.dailyBars('AAPL', MONDAY, '2027-01-01');
    assert.equal(today.length, 1);
    assert.equal(today[0]?.closed, false);
    assert.equal(today[0]?.close, exchange.quote('AAPL')?.last);
    assert.ok(exchange.tape('AAPL', 0, at + 60 * MINUTE).every((print) => print.time <= at));
    exchange.advance(at + 60 * MINUTE);
    const later = exchange.minuteBars('AAPL', toEpoch(MONDAY), at);
    assert.deepEqual(later.slice(0, 45), bars.slice(0, 45));
    assert.ok((later[45]?.volume ?? 0) > (bars[45]?.volume ?? 0));
  });

  it('reaches back two years of days and forty sessions of minutes, not further', () => {
    const exchange = exchangeAt('12:00');
    assert.equal(exchange.dailyBars('SPY', '2015-01-01', MONDAY).length, 504);
    assert.deepEqual(exchange.dailyBars('SPY', '2016-01-01', '2016-12-31'), []);
    const dates = new Set(exchange.minuteBars('SPY', 0, exchange.now).map((bar) => newYorkDate(bar.time)));
    assert.equal(dates.size, 40);
    assert.deepEqual(exchange.minuteBars('SPY', toEpoch('2025-06-02'), toEpoch('2025-06-03')), []);
  });

  it('has no figures for the day before its open, and a close after it', () => {
    const exchange = exchangeAt('08:00', { date: '2026-03-03' });
    const [monday] = exchange.dailyBars('AAPL', MONDAY, MONDAY);
    const before = exchange.quote('AAPL');
    assert.deepEqual(
      [before?.open, before?.high, before?.low, before?.close, before?.volume],
      [null, null, null, null, 0],
    );
    assert.deepEqual(
      [before?.last, before?.previousClose, before?.change],
      [monday?.close, monday?.close, 0],
    );
    exchange.advance(toEpoch('2026-03-03', '18:00'));
    const [tuesday] = exchange.dailyBars('AAPL', '2026-03-03', '2026-03-03');
    const after = exchange.quote('AAPL');
    assert.deepEqual(
      [after?.close, after?.last, after?.open, after?.high, after?.low, after?.volume],
      [tuesday?.close, tuesday?.close, tuesday?.open, tuesday?.high, tuesday?.low, tuesday?.volume],
    );
    assert.equal(after?.previousClose, monday?.close);
    exchange.advance(toEpoch('2026-03-07', '12:00'));
    assert.equal(exchange.quote('AAPL')?.close, exchange.quote('AAPL')?.last, 'Saturday still shows Friday');
  });

  it('moves as markets do: busy mornings, sectors together, gaps at the open', () => {
    const market = new Market(1);
    const returns = (symbol: string) => {
      const table = market.daily(market.instrument(symbol) as NonNullable<ReturnType<Market['instrument']>>);
      const days = allSessions()
        .slice(2000, 2600)
        .map((session) => table.at(session));
      return { moves: days.slice(1).map((day, i) => Math.log(day.close / (days[i]?.close ?? 1))), days };
    };
    const [aapl, msft, xle, xom, spy] = ['AAPL', 'MSFT', 'XLE', 'XOM', 'SPY'].map(
      (symbol) => returns(symbol).moves,
    ) as [number[], number[], number[], number[], number[]];
    assert.ok(correlation(aapl, msft) > 0.5 && correlation(aapl, spy) > 0.5 && correlation(xle, xom) > 0.7);
    assert.ok(correlation(xom, xle) > correlation(xom, aapl) + 0.15);
    const daily = Math.sqrt(aapl.reduce((sum, move) => sum + move * move, 0) / aapl.length);
    assert.ok(daily > 0.009 && daily < 0.02, `AAPL moves ${daily} a day`);
    const { days } = returns('AAPL');
    assert.ok(
      days.filter((day, i) => i > 0 && Math.abs(day.open - (days[i - 1]?.close ?? 0)) > 20).length > 400,
    );
    const exchange = exchangeAt('16:00');
    const bars = exchange.minuteBars('AAPL', 0, exchange.now);
    const mean = (part: typeof bars, of: (bar: (typeof bars)[number]) => number) =>
      part.reduce((sum, bar) => sum + of(bar), 0) / part.length;
    const minute = (bar: { time: number }) => (bar.time - toEpoch(newYorkDate(bar.time), '09:30')) / MINUTE;
    const morning = bars.filter((bar) => minute(bar) < 15);
    const noon = bars.filter((bar) => minute(bar) >= 170 && minute(bar) < 230);
    assert.ok(mean(morning, (bar) => bar.volume) > 2 * mean(noon, (bar) => bar.volume));
    assert.ok(mean(morning, (bar) => bar.high - bar.low) > 1.4 * mean(noon, (bar) => bar.high - bar.low));
  }).timeout(20_000);

  it('merges minutes into longer bars on the grid of the session', () => {
    const exchange = exchangeAt('10:07:30');
    const minutes = exchange.minuteBars('AAPL', toEpoch(MONDAY, '09:30'), exchange.now);
    const fives = intradayBars(minutes, 5);
    assert.deepEqual(
      fives.map((bar) => bar.closed),
      [...Array(7).fill(true), false],
    );
    assert.equal(fives[3]?.time, toEpoch(MONDAY, '09:45'));
    assert.equal(
      fives[3]?.volume,
      minutes.slice(15, 20).reduce((sum, bar) => sum + bar.volume, 0),
    );
    assert.equal(fives.at(-1)?.close, minutes.at(-1)?.close);
    const done = exchangeAt('10:05');
    assert.ok(
      intradayBars(done.minuteBars('AAPL', toEpoch(MONDAY), toEpoch(MONDAY, '10:05')), 5).every(
        (bar) => bar.closed,
      ),
    );
  });
});

function correlation(a: number[], b: number[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const cov = mean(a.map((value, i) => (value - ma) * ((b[i] ?? 0) - mb)));
  return cov / Math.sqrt(mean(a.map((v) => (v - ma) ** 2)) * mean(b.map((v) => (v - mb) ** 2)));
}
