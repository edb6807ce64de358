import assert from 'node:assert/strict';
import { alertMarket } from '../../lib/alerts/account-market.ts';
import { AlertBook } from '../../lib/alerts/alert-book.ts';
import { AlertStore } from '../../lib/alerts/store.ts';
import { Emitter } from '../../lib/domain/events.ts';
import type { ConfirmedQuote, Quote } from '../../lib/domain/market-data.ts';
import { BrokerCalendar } from '../../lib/market/broker-calendar.ts';
import { toEpoch } from '../../lib/market/exchange-time.ts';
import type { MarketData } from '../../lib/market/market-data.ts';
import { VirtualClock } from '../account/virtual-clock.ts';
import { TapeMarket } from './tape-market.ts';

/** A broker's quotes and daily bars of one share, as an account's alerts read them. */
class Share {
  readonly clock: VirtualClock;
  readonly said: string[] = [];
  reads = 0;
  day = { low: 98, high: 101, last: 100, previousClose: 100 };
  daily = { low: 98, high: 101, close: 100 };
  #listener: (quote: ConfirmedQuote) => void = () => undefined;
  readonly book: AlertBook;

  constructor(date: string, time: string, simulated = false) {
    this.clock = new VirtualClock(toEpoch(date, time));
    const { clock } = this;
    const log = (_level: string, message: string) => void this.said.push(message);
    const failed = (error: unknown) => assert.fail(String(error));
    const calendar = new BrokerCalendar({ source: { calendar: async () => [] }, db: null, clock, log });
    const market = {
      bars: new TapeMarket().bars,
      calendar,
      quotes: {
        watch: (_symbols: string[], listener: (quote: ConfirmedQuote) => void) => {
          this.#listener = listener;
          return { release: () => undefined };
        },
      },
      feed: { mode: 'polling', delayMs: 0, simulated, borrowed: false },
      restated: () => undefined,
    } as unknown as MarketData;
    const source = {
      streamStates: new Emitter<never>(failed),
      quotes: async () => {
        this.reads += 1;
        return { quotes: [{ symbol: 'AAPL', ...this.day } as Quote], unmatched: [] };
      },
      history: async () => [{ symbol: 'AAPL', time: 0, open: 100, volume: 1, closed: true, ...this.daily }],
    };
    this.book = new AlertBook(new AlertStore(':memory:', log), alertMarket(source, market, clock, log));
    this.book.start();
  }

  async trades(...prices: number[]): Promise<void> {
    for (const last of prices) {
      await this.clock.advance(500);
      const tradeTime = this.clock.market.now();
      this.#listener({ symbol: 'AAPL', last, close: null, tradeTime, delayMs: 0 } as ConfirmedQuote);
      await this.clock.advance(0);
    }
  }

  below(value: number) {
    return this.book.add({ symbol: 'AAPL', condition: 'price_below', value });
  }
}

describe('what an account tells its alerts of a leap', () => {
  it('is never a split within a running session: a print that does not count carries nothing over', async () => {
    const share = new Share('2026-03-02', '11:00');
    const { id } = share.below(90);
    await share.trades(100, 200);
    // Nobody traded for a while.
    await share.clock.advance(120_000);
    await share.trades(100, 100);
    assert.equal(share.book.get(id)?.value, 90);
    assert.equal(share.book.get(id)?.status, 'active');
    assert.equal(share.reads, 0);
    await share.trades(89);
    assert.equal(share.book.get(id)?.status, 'triggered');
    share.book.close();
  });

  it('is one over a night, and whenever a simulator says so', async () => {
    const share = new Share('2026-03-02', '15:59');
    const { id } = share.below(90);
    await share.trades(100);
    share.daily = { low: 49, high: 50.5, close: 50 };
    share.day = { low: 49, high: 51, last: 50, previousClose: 50 };
    await share.clock.advance(toEpoch('2026-03-03', '09:30') - share.clock.market.now());
    await share.trades(50, 50.2);
    assert.equal(share.book.get(id)?.value, 45);
    share.book.close();

    const simulated = new Share('2026-03-02', '11:00', true);
    const alert = simulated.below(90);
    await simulated.trades(100);
    simulated.day = { low: 49, high: 50.5, last: 50, previousClose: 50 };
    await simulated.trades(50);
    assert.equal(simulated.book.get(alert.id)?.value, 45);
    simulated.book.close();
  });

  it('costs one question a minute while a thin price goes to and fro', async () => {
    const share = new Share('2026-03-02', '15:59');
    share.below(3);
    await share.trades(100);
    await share.clock.advance(toEpoch('2026-03-03', '08:00') - share.clock.market.now());
    for (let n = 0; n < 120; n++) await share.trades(n % 2 === 0 ? 120 : 99);
    assert.ok(share.reads >= 1 && share.reads <= 2, `${share.reads} reads in a minute`);
    share.book.close();
  });
});
