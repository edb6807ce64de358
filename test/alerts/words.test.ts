import assert from 'node:assert/strict';
import { AlertDesk } from './alert-desk.ts';

const MINUTE = 60_000;

describe('what a firing says', () => {
  let desk: AlertDesk;
  beforeEach(() => {
    desk = new AlertDesk();
  });
  afterEach(() => desk.end());

  const said = () =>
    desk.firings.map(({ text, measured, direction }) => [
      text,
      measured === null ? null : Math.round(measured * 100) / 100,
      direction,
    ]);
  /** One-minute bars that close so. */
  const bars = async (...closes: number[]) => {
    for (const close of closes) await desk.market.trade(close, MINUTE, 600);
  };
  const calm = Array.from({ length: 40 }, (_, n) => 100 + (n % 2));

  it('of a price is the level and the price', async () => {
    await desk.trades(99);
    desk.add({ condition: 'price_cross_above', value: 1_000.5 });
    await desk.trades(1_000.6);
    await desk.market.clock.advance(300);
    assert.deepEqual(said(), [['Simulated: AAPL crosses above 1,000.5, at 1,000.60', null, null]]);
  });

  it('of a move is which way and how far', async () => {
    await desk.trades(100);
    desk.add({ condition: 'percent_move', value: 1, repeat: 'every' });
    await desk.trades(101.5, 99);
    assert.deepEqual(said(), [
      ['Simulated: AAPL moves up by 1 % within 5 min: by 1.50 %, at 101.50', 1.5, 'up'],
      ['Simulated: AAPL moves down by 1 % within 5 min: by 2.46 %, at 99.00', 2.46, 'down'],
    ]);
  });

  it('of a volume and an RSI is the figure', async () => {
    await bars(100);
    desk.add({ condition: 'volume_above', value: 1_500, interval: '1' });
    await desk.market.trade(100.25, MINUTE, 2_345);
    await bars(100);
    assert.deepEqual(said(), [
      ['Simulated: AAPL trades more than 1,500 shares in a bar (1 min): 2,345, at 100.25', 2_345, null],
    ]);
    await bars(...Array.from({ length: 20 }, (_, n) => 100 - n));
    desk.add({ condition: 'rsi_oversold', interval: '1' });
    await bars(80, 80);
    assert.equal(desk.firings.length, 2);
    const [text, measured] = said()[1] as [string, number];
    assert.match(text, /^Simulated: RSI\(14\) of AAPL is under 30 \(1 min\): \d+\.\d\d, at 8\d\.00$/);
    assert.ok(measured < 30);
  });

  it('of the bands is the one it left, of the MACD how far it is from its signal line', async () => {
    await bars(...calm);
    desk.add({ condition: 'bollinger_break', interval: '1', repeat: 'every' });
    desk.add({ condition: 'macd_signal', interval: '1', repeat: 'every' });
    await bars(104, 104);
    const texts = said().map(([text]) => String(text));
    assert.match(
      texts.find((text) => text.includes('band')) ?? '',
      /^Simulated: AAPL closes above its upper Bollinger band \(1 min\): over 10[23]\.\d\d, at 104\.00$/,
    );
    assert.match(
      texts.find((text) => text.includes('MACD of AAPL crosses above')) ?? '',
      /^Simulated: MACD of AAPL crosses above its signal line \(1 min\): by 0\.\d+, at 10\d\.00$/,
    );
    for (const { text, direction } of desk.firings)
      assert.equal(direction, text.includes('above') ? 'up' : 'down');
    await bars(80, 80);
    assert.match(
      desk.firings.map(({ text }) => text).join(),
      /below its lower Bollinger band \(1 min\): under 9\d/,
    );
  });

  it('with a message is that, with symbol and price', async () => {
    await desk.trades(99);
    const signal = { action: 'buy', quantity: 1 };
    desk.add({ condition: 'price_above', value: 100, message: 'up we go', signal });
    await desk.trades(100.25);
    assert.deepEqual(said(), [['Simulated: up we go (AAPL at 100.25)', null, null]]);
    assert.equal(desk.firings[0]?.signal?.reason, 'Simulated: up we go (AAPL at 100.25)');
  });

  it('is not called simulated on a market that is real', async () => {
    desk.end();
    desk = new AlertDesk(0, false);
    await desk.trades(101);
    desk.add({ condition: 'price_above', value: 100 });
    assert.deepEqual(
      desk.firings.map(({ text, simulated }) => [text, simulated]),
      [['AAPL is above 100, at 101.00', false]],
    );
  });
});
