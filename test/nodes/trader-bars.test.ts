import assert from 'node:assert/strict';
import type { NodeMessage } from 'node-red';
import type { Bar } from '../../lib/domain/market-data.ts';
import { MINUTE, newYorkTime, toEpoch } from '../../lib/market/exchange-time.ts';
import { ACCOUNT, FlowDesk, listener, node, pause, probe } from './flow-desk.ts';

const bars = (msg: NodeMessage) => msg.payload as Bar[];
const bar = (msg: NodeMessage) => msg.payload as Bar;
/** A Catch node gets the code and `TraderError: `, the field and what was wrong with it. */
const coded = (msg: NodeMessage) => {
  const { code, message } = msg.error as { code: string; message: string };
  return { code, field: message.split(': ')[1] };
};

describe('trader-bars', () => {
  const desk = new FlowDesk();
  const flow = (fields: Record<string, unknown>) => [
    ACCOUNT,
    node('trader-bars', 'bars', {
      mode: 'request',
      symbols: '',
      interval: '5',
      count: 300,
      from: '',
      to: '',
      warmUp: 0,
      forming: false,
      ...fields,
      wires: [['bars'], ['changing']],
    }),
    listener('catch', 'catch'),
    listener('complete', 'done', ['bars']),
    probe('bars-out'),
    probe('changing'),
  ];
  const wired = (fields: Record<string, unknown>) =>
    flow(fields).map((each) =>
      each.id === 'bars' ? { ...each, wires: [['bars-out'], ['changing']] } : each,
    );
  const asked = async (topic: string, payload: unknown) => {
    const before = desk.heard('bars-out').length;
    desk.node('bars').receive({ topic, payload });
    await desk.hears('bars-out', () => desk.heard('bars-out').length > before);
    return desk.heard('bars-out')[before] as NodeMessage;
  };

  afterEach(() => desk.unload());

  describe('on request', () => {
    before(() => desk.start({ start: toEpoch('2026-11-24', '11:02') }));
    after(() => desk.stop());

    it('sends the newest so many of each symbol, as the dialog says', async () => {
      await desk.load(wired({ symbols: 'AAPL, brk.b', count: '50' }));
      desk.node('bars').receive({ payload: 1, note: 'kept' });
      await desk.hears('bars-out', () => desk.heard('bars-out').length === 2);
      const [aapl, brk] = desk.heard('bars-out') as [NodeMessage, NodeMessage];
      assert.deepEqual([aapl.topic, brk.topic, aapl.note, aapl.interval], ['AAPL', 'BRK/B', 'kept', '5']);
      assert.equal(bars(aapl).length, 50);
      assert.deepEqual(
        bars(aapl).map(({ closed }) => closed),
        bars(aapl).map((_, place) => place < 49),
      );
      assert.equal(newYorkTime(bars(aapl).at(-1)!.time), '11:00:00');
      assert.match(
        String(aapl.because),
        /^50 bars of AAPL of 5 minutes, from 2026-11-2\d \d\d:\d\d to 2026-11-24 11:00, the last one still forming$/,
      );
      await desk.hears('done');
      await desk.shows('bars', 'SIM 100 AAPL BRK/B');
    });

    it('takes symbol, interval, count and range from the message', async () => {
      await desk.load(wired({}));
      const range = await asked('SPY', { interval: '60', from: '2026-11-20', to: '2026-11-23' });
      assert.deepEqual(
        bars(range)
          .map(({ time, closed }) => [newYorkTime(time), closed])
          .slice(0, 7),
        ['09:30', '10:30', '11:30', '12:30', '13:30', '14:30', '15:30'].map((time) => [`${time}:00`, true]),
      );
      assert.equal(bars(range).length, 14);
      const days = await asked('', { symbol: 'QQQ', interval: '1D', count: 10, to: '2026-11-01' });
      assert.equal(days.topic, 'QQQ');
      assert.deepEqual([bars(days).length, newYorkTime(bars(days)[0]!.time)], [10, '09:30:00']);
      assert.ok(bars(days).every(({ time }) => time < toEpoch('2026-11-02')));
      const iso = await asked('SPY', {
        interval: '1',
        from: '2026-11-23T14:30:00Z',
        to: toEpoch('2026-11-23', '09:33'),
      });
      assert.equal(bars(iso).length, 3);
    });

    it('lets a count of the message win over a range of the dialog', async () => {
      await desk.load(wired({ symbols: 'AAPL', from: '2026-11-23', to: '2026-11-23 10:00', count: '' }));
      assert.equal(bars(await asked('', {})).length, 6);
      const newest = await asked('', { count: 2 });
      assert.deepEqual(
        bars(newest).map(({ time }) => newYorkTime(time)),
        ['09:50:00', '09:55:00'],
      );
    });

    it('says what is wrong with what it is asked', async () => {
      await desk.load(wired({}));
      const wrong: [string, object, string][] = [
        ['', {}, 'topic'],
        ['no symbol', {}, 'topic'],
        ['AAPL', { interval: '7' }, 'interval'],
        ['AAPL', { count: 0 }, 'count'],
        ['AAPL', { count: 1e9 }, 'count'],
        ['AAPL', { count: 10, from: '2026-11-20' }, 'count'],
        ['AAPL', { from: 'yesterday' }, 'from'],
        ['AAPL', { from: '2026-02-30' }, 'from'],
        ['AAPL', { to: {} }, 'to'],
        ['AAPL', { from: '2026-11-20', to: '2026-11-19' }, 'to'],
        ['AAPL', { interval: '1', from: '2016-01-01' }, 'from'],
      ];
      for (const [topic, payload] of wrong) desk.node('bars').receive({ topic, payload });
      await desk.hears('catch', () => desk.heard('catch').length === wrong.length);
      assert.deepEqual(
        desk.heard('catch').map((msg) => [coded(msg).code, coded(msg).field]),
        wrong.map(([, , field]) => ['E_INPUT', field]),
      );
      assert.deepEqual(desk.heard('bars-out'), []);
    });

    it('gives what is found, and E_NO_QUOTE for what is not', async () => {
      await desk.load(wired({ symbols: 'AAPL, NOSUCH', count: 3 }));
      desk.node('bars').receive({});
      assert.equal(coded(await desk.hears('catch')).code, 'E_NO_QUOTE');
      assert.equal((await desk.hears('bars-out')).topic, 'AAPL');
    });

    it('says why there are none', async () => {
      await desk.load(wired({ symbols: 'AAPL' }));
      await desk.shows('bars', 'SIM ready');
      const because = async (payload: object) => (await asked('', payload)).because;
      assert.equal(
        await because({ from: '2026-12-01' }),
        'No bars of AAPL of 5 minutes: 2026-12-01 00:00 is in the future, it is 2026-11-24 11:02 in New York',
      );
      await desk.shows('bars', 'SIM noBars AAPL');
      assert.equal(desk.statusOf('bars').fill, 'yellow');
      assert.equal(
        await because({ from: '2026-11-21', to: '2026-11-22' }),
        'No bars of AAPL of 5 minutes: the market was closed from 2026-11-21 00:00 to 2026-11-23 00:00',
      );
    });

    it('turns red on a setting that cannot be', async () => {
      for (const fields of [
        { interval: '7' },
        { count: '1.5' },
        { from: 'x' },
        { from: '2026-11-20', to: '2026-11-19' },
        { mode: 'live', warmUp: -1 },
      ]) {
        await desk.load(wired(fields));
        await desk.shows('bars', /misconfigured$/);
        await desk.unload();
      }
    });
  });

  describe('live', () => {
    before(() => desk.start({ speed: 300, start: toEpoch('2026-11-24', '15:31') }));
    after(() => desk.stop());

    it('warms up, then sends each bar when it closed, without a hole, over the night', async () => {
      await desk.load(wired({ mode: 'live', symbols: 'AAPL', interval: '5', warmUp: 20 }));
      const first = await desk.hears('bars-out');
      assert.equal(first.update, 'warm-up');
      assert.equal(bars(first).length, 20);
      assert.ok(bars(first).every(({ closed }) => closed));
      assert.match(String(first.because), /^Warm-up: 20 bars of AAPL of 5 minutes, from /);
      await desk.hears(
        'bars-out',
        (msg) => msg.update === 'closed' && bar(msg).time > toEpoch('2026-11-25', '09:40'),
        25_000,
      );
      const live = desk.heard('bars-out').slice(1);
      assert.ok(live.every((msg) => msg.update === 'closed' && bar(msg).closed && msg.topic === 'AAPL'));
      const times = [bars(first).at(-1)!.time, ...live.map((msg) => bar(msg).time)];
      for (const [place, time] of times.entries()) {
        const next = times[place + 1];
        const night = newYorkTime(time) === '15:55:00';
        if (next !== undefined)
          assert.equal(next - time, night ? 17 * 60 * MINUTE + 35 * MINUTE : 5 * MINUTE);
      }
      assert.match(
        String(live[0]?.because),
        /^AAPL closed its bar of 5 minutes of 2026-11-24 15:\d\d at [\d.]+, from [\d.]+, high [\d.]+, low [\d.]+, [\d,]+ shares$/,
      );
      assert.ok(desk.heard('changing').every((msg) => msg.update === 'corrected'));
    });

    it('sends the forming bar at the second output when asked, and follows what a message names', async () => {
      await desk.load(wired({ mode: 'live', symbols: 'AAPL', interval: '15', forming: true }));
      const forming = await desk.hears('changing', (msg) => msg.update === 'forming');
      assert.deepEqual([bar(forming).closed, forming.topic], [false, 'AAPL']);
      desk.node('bars').receive({ topic: 'SPY' });
      await desk.hears('changing', (msg) => msg.topic === 'SPY');
      const count = desk.heard('changing').filter((msg) => msg.topic === 'AAPL').length;
      await pause(1_500);
      assert.equal(desk.heard('changing').filter((msg) => msg.topic === 'AAPL').length, count);
    });

    it('tells of a symbol the broker does not know', async () => {
      await desk.load(wired({ mode: 'live', symbols: 'NOSUCH, SPY', warmUp: 2 }));
      assert.equal(coded(await desk.hears('catch')).code, 'E_NO_QUOTE');
      assert.equal((await desk.hears('bars-out')).topic, 'SPY');
    });

    it('shows which symbols are unknown for as long as they are', async () => {
      await desk.load(wired({ mode: 'live', symbols: 'AAPL, NOPE', interval: '1' }));
      const { message } = (await desk.hears('catch')).error as Error;
      assert.match(message, /symbols: the broker does not know "NOPE"$/);
      await desk.hears('bars-out', (msg) => msg.update === 'closed');
      await pause(1_200);
      const shown = desk.statusOf('bars');
      assert.deepEqual([shown.fill, shown.text], ['yellow', 'SIM AAPL; unknown NOPE']);
      assert.equal(desk.heard('catch').length, 1);
      desk.node('bars').receive({ topic: 'AAPL' });
      await desk.shows('bars', /^SIM AAPL [\d.]+$/);
    });

    it('says that it needs a symbol when it follows none', async () => {
      await desk.load(wired({ mode: 'live', symbols: '' }));
      await desk.account();
      await desk.shows('bars', 'SIM needsSymbol');
      assert.equal(desk.statusOf('bars').fill, 'grey');
    });

    it('tells it again when it is named again', async () => {
      await desk.load(wired({ mode: 'live', symbols: 'NOSUCH' }));
      await desk.hears('catch');
      desk.node('bars').receive({ topic: 'NOSUCH' });
      await desk.hears('catch', () => desk.heard('catch').length === 2);
    });
  });

  describe('while no bar closes', () => {
    before(() => desk.start({ start: toEpoch('2026-11-24', '11:02') }));
    after(() => desk.stop());

    it('shows what it follows', async () => {
      await desk.load(wired({ mode: 'live', symbols: 'SPY', interval: '60' }));
      await desk.account();
      // The light changes once a second at most.
      await pause(1_200);
      assert.equal(desk.statusOf('bars').text, 'SIM streaming SPY');
    });
  });
});
