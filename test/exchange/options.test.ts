import assert from 'node:assert/strict';
import { Exchange } from '../../lib/exchange/exchange.ts';
import { optionGreeks, optionPrice } from '../../lib/exchange/option-pricing.ts';
import { toEpoch } from '../../lib/market/exchange-time.ts';

const exchange = (start = toEpoch('2026-11-24', '11:00')) =>
  new Exchange({ seed: 1, accountId: 'SIM1', start, onError: (error) => assert.fail(String(error)) });

describe('options on the simulated exchange', () => {
  it('price as the textbook does', () => {
    // At 4 % interest.
    const inputs = { spot: 100, strike: 100, years: 1, volatility: 0.2 } as const;
    assert.ok(Math.abs(optionPrice({ ...inputs, right: 'call' }) - 9.925) < 0.001);
    assert.ok(Math.abs(optionPrice({ ...inputs, right: 'put' }) - 6.004) < 0.001);
    assert.equal(optionPrice({ ...inputs, right: 'put', spot: 90, years: 0 }), 10);
  });

  it('have greeks that are the slopes of the price', () => {
    for (const right of ['call', 'put'] as const) {
      const inputs = { right, spot: 105, strike: 100, years: 0.4, volatility: 0.3 };
      const greeks = optionGreeks(inputs);
      const slope = (change: object, step: number) =>
        (optionPrice({ ...inputs, ...change }) - optionPrice(inputs)) / step;
      const near = (value: number | null, wanted: number, room: number) =>
        assert.ok(value !== null && Math.abs(value - wanted) < room, `${right}: ${value}, not ${wanted}`);
      near(greeks.delta, slope({ spot: 105.01 }, 0.01), 1e-3);
      near(greeks.vega, slope({ volatility: 0.3001 }, 0.01), 1e-3);
      near(greeks.theta, slope({ years: 0.4 - 1 / 365 }, 1), 1e-3);
      const up = optionGreeks({ ...inputs, spot: 105.01 });
      near(greeks.gamma, ((up.delta ?? 0) - (greeks.delta ?? 0)) / 0.01, 1e-3);
    }
  });

  it('are quoted for Fridays and strikes around the price, and for nothing else', () => {
    const market = exchange();
    const spot = market.quote('AAPL')?.last ?? 0;
    const strike = String(Math.round(spot) * 1000).padStart(8, '0');
    const call = market.option(`AAPL261218C${strike}`);
    assert.ok(call);
    const { quote, greeks, terms } = call;
    assert.deepEqual([quote.kind, terms.underlying, terms.right], ['option', 'AAPL', 'call']);
    assert.equal(quote.description, `AAPL Dec 18 2026 $${Math.round(spot)}.00 Call`);
    assert.ok(quote.bid !== null && quote.ask !== null && quote.bid < quote.ask && quote.last !== null);
    assert.ok(quote.last >= quote.bid && quote.last <= quote.ask);
    assert.ok((greeks.delta ?? 0) > 0.4 && (greeks.delta ?? 0) < 0.7, String(greeks.delta));
    assert.equal(greeks.updatedAt, '2026-11-24 11:00:00');
    assert.ok((market.option(`AAPL261218P${strike}`)?.greeks.delta ?? 0) < 0);
    for (const none of [
      `AAPL261217C${strike}`,
      `AAPL261120C${strike}`,
      `AAPL300118C${strike}`,
      'AAPL261218C00000500',
      `AAPL261218C${strike.slice(0, 5)}250`,
      `NOSUCH261218C${strike}`,
      'AAPL',
      'AAPL261231C',
    ])
      assert.equal(market.option(none), null, none);
    assert.equal(market.quote(`AAPL261218C${strike}`), null);
  });

  it('know class shares by their root, and Thursdays before a holiday on Friday', () => {
    const market = exchange(toEpoch('2026-03-24', '11:00'));
    assert.equal(market.option('BRKB260417C00430000')?.terms.underlying, 'BRK/B');
    // Good Friday is the 3rd of April.
    assert.ok(market.option('SPY260402P00500000'));
    assert.equal(market.option('SPY260403P00500000'), null);
  });

  it('are gone at their expiry', () => {
    const market = exchange(toEpoch('2026-12-18', '15:59'));
    assert.ok(market.option('SPY261218P00500000'));
    market.advance(toEpoch('2026-12-18', '16:00'));
    assert.equal(market.option('SPY261218P00500000'), null);
  });
});
