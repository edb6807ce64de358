import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bar } from '../../lib/domain/market-data.ts';
import { DailyAtr, wilderAtr } from '../../lib/indicators/atr.ts';
import type { BarSpan } from '../../lib/market/bars/contract.ts';
import { newYorkDate, sessionsBetween, toEpoch } from '../../lib/market/calendar.ts';
import { MarketData } from '../../lib/market/market-data.ts';
import { VirtualClock } from '../account/virtual-clock.ts';
import { TapeSource } from '../market/bars/tape-source.ts';

/** Days of a range of 2 around 100, then one of 16. */
function days(first: string, last: string, wide?: string): Bar[] {
  return sessionsBetween(first, last).map(({ date }) => {
    const reach = date === wide ? 8 : 1;
    const time = toEpoch(date, '09:30');
    return {
      symbol: 'AAPL',
      time,
      open: 100,
      high: 100 + reach,
      low: 100 - reach,
      close: 100,
      volume: 1,
      closed: true,
    };
  });
}

describe('average true range', () => {
  it('is the mean of the first 14 days, then smoothed by Wilder', () => {
    const bars = days('2026-01-05', '2026-02-27');
    assert.equal(wilderAtr(bars.slice(0, 15)), 2);
    const wide = days('2026-01-05', '2026-02-27', '2026-02-27');
    assert.equal(wilderAtr(wide), (2 * 13 + 16) / 14);
  });

  it('counts a gap over night', () => {
    const bars = days('2026-01-05', '2026-01-26').slice(0, 15);
    const gap = bars.map((bar, at) => (at === 14 ? { ...bar, high: 115, low: 113 } : bar));
    assert.equal(wilderAtr(gap), (2 * 13 + 15) / 14);
  });

  it('is not known from fewer than 15 days', () => {
    assert.equal(wilderAtr(days('2026-01-05', '2026-01-26').slice(0, 14)), null);
    assert.equal(wilderAtr([]), null);
  });

  it('is read once a day, without the day that is forming', async () => {
    const clock = new VirtualClock(toEpoch('2026-03-02', '10:00'));
    const asked: string[] = [];
    const history = async (symbol: string, interval: string, span: BarSpan) => {
      const to = span.to ?? 0;
      asked.push(`${symbol} ${interval} ${'count' in span && span.count} ${newYorkDate(to)}`);
      return days('2025-12-01', newYorkDate(to), newYorkDate(to)).filter(({ time }) => time < to);
    };
    const atr = new DailyAtr({ bars: { history }, market: clock.market, log: () => undefined });
    assert.deepEqual(await Promise.all([atr.of('AAPL'), atr.of('AAPL')]), [2, 2]);
    assert.equal(await atr.of('AAPL'), 2);
    assert.equal(asked.length, 1);
    await clock.advance(24 * 3_600_000);
    assert.equal(await atr.of('AAPL'), (2 * 13 + 2) / 14);
    assert.deepEqual(asked, ['AAPL D 120 2026-03-02', 'AAPL D 120 2026-03-03']);
  });

  it("is what the broker's own daily bars give, read from the bars that are kept", async () => {
    const source = new TapeSource(toEpoch('2026-03-02', '12:00'));
    const folder = mkdtempSync(join(tmpdir(), 'atr-'));
    const { clock } = source;
    const onStream = () => undefined;
    const log = () => undefined;
    const market = new MarketData({ source, borrowed: false, clock, folder, log, onStream });
    try {
      const { bars } = market;
      const told = await source.history('AAPL', 'daily', '2025-09-08', '2026-02-27');
      assert.equal(told.length, 120);
      await bars.history('AAPL', 'D', { count: 200 });
      const reads = source.reads.length;
      const atr = await new DailyAtr({ bars, market: clock.market, log }).of('AAPL');
      assert.ok(atr !== null && atr > 0);
      assert.equal(atr, wilderAtr(told));
      assert.equal(source.reads.length, reads);
      const unknown = await new DailyAtr({ bars, market: clock.market, log }).of('NOSUCH');
      assert.equal(unknown, null);
    } finally {
      market.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('says what could not be read, and asks again', async () => {
    const clock = new VirtualClock(toEpoch('2026-03-02', '10:00'));
    const log: string[] = [];
    let failing = true;
    const history = async () => {
      if (failing) throw new Error('no line');
      return days('2025-12-01', '2026-02-27');
    };
    const atr = new DailyAtr({
      bars: { history },
      market: clock.market,
      log: (_level, text) => log.push(text),
    });
    assert.equal(await atr.of('AAPL'), null);
    assert.match(log[0] ?? '', /daily bars of AAPL .*no line/);
    failing = false;
    assert.equal(await atr.of('AAPL'), 2);
  });
});
