import assert from 'node:assert/strict';
import type { NodeMessage } from 'node-red';
import { toEpoch } from '../../lib/market/exchange-time.ts';
import type { ClockTick } from '../../lib/market/schedule/clock-tick.ts';
import { leavePlace, takePlace } from '../../nodes/trader-clock/places.ts';
import { ACCOUNT, FlowDesk, listener, node, pause, probe } from './flow-desk.ts';

const tick = (msg: NodeMessage) => msg.payload as ClockTick;

describe('trader-clock', () => {
  const desk = new FlowDesk();
  const flow = (fields: Record<string, unknown>) => [
    ACCOUNT,
    node('trader-clock', 'clock', {
      onOpen: true,
      onClose: true,
      beforeClose: '',
      bars: '',
      cron: '',
      cronDays: 'trading',
      gate: 'regular',
      ...fields,
      wires: [['time'], ['passed'], ['held']],
    }),
    listener('catch', 'catch'),
    listener('complete', 'done', ['clock']),
    ...['time', 'passed', 'held'].map(probe),
  ];
  const said = () =>
    desk.heard('time').map((msg) => `${tick(msg).date.slice(5)} ${tick(msg).time} ${msg.topic}`);

  afterEach(() => desk.unload());

  describe('in a market at 3,000 times real time, from the eve of Thanksgiving', () => {
    before(() => desk.start({ speed: 3_000, start: toEpoch('2026-11-25', '13:55') }));
    after(() => desk.stop());

    it('tells open, close, bars and a cron line over the holiday and the half day', async () => {
      const cron = '30 11,15 * * 1-5';
      await desk.load(flow({ beforeClose: '10', bars: '60', cron, cronDays: 'session' }));
      await desk.hears('time', (msg) => tick(msg).date === '2026-11-27' && msg.topic === 'close', 15_000);
      const all = said();
      const expected = [
        '11-25 14:30 bar',
        '11-25 15:30 bar',
        '11-25 15:30 cron',
        '11-25 15:50 before_close',
        '11-25 16:00 bar',
        '11-25 16:00 close',
        '11-27 09:30 open',
        '11-27 10:30 bar',
        '11-27 11:30 bar',
        '11-27 11:30 cron',
        '11-27 12:30 bar',
        '11-27 12:50 before_close',
        '11-27 13:00 bar',
        '11-27 13:00 close',
      ];
      // The account took a moment to open, which is market time too: what was due before is not told.
      const first = expected.indexOf(all[0] ?? '');
      assert.ok(first >= 0, all[0]);
      assert.deepEqual(all.slice(0, expected.length - first), expected.slice(first));
      const close = desk
        .heard('time')
        .find((msg) => tick(msg).date === '2026-11-27' && msg.topic === 'close');
      assert.equal(close?.because, 'The session of Friday 2026-11-27 closed at 13:00, a half day');
      assert.equal(close && tick(close).session?.half, true);
      assert.ok(close && tick(close).late >= 0);
    });

    it('shows what comes next', async () => {
      await desk.load(flow({ onOpen: false }));
      await desk.shows('clock', /^SIM next close ([A-Z][a-z]{2} )?1[36]:00$/);
    });
  });

  describe('in a market at its own pace', () => {
    before(() => desk.start({ start: toEpoch('2026-11-24', '11:00') }));
    after(() => desk.stop());

    it('lets messages through in the hours that are chosen', async () => {
      await desk.load(flow({}));
      desk.node('clock').receive({ topic: 'AAPL', payload: { kept: true }, trace: [] });
      const passed = await desk.hears('passed');
      assert.deepEqual([passed.topic, passed.payload], ['AAPL', { kept: true }]);
      assert.match(
        String(passed.because),
        /^11:0\d in New York on Tuesday 2026-11-24: the regular session runs until 16:00$/,
      );
      const trace = passed.trace as { decision: string; figures: object }[];
      assert.equal(trace.at(-1)?.decision, 'passed');
      assert.deepEqual(trace.at(-1)?.figures, { state: 'open', gate: 'regular' });
      await desk.hears('done');
      assert.deepEqual(desk.heard('held'), []);
    });

    it('holds them back at any other time, and says why', async () => {
      await desk.load(flow({ gate: 'premarket' }));
      desk.node('clock').receive({ topic: 'AAPL', payload: 1 });
      const held = await desk.hears('held');
      assert.match(String(held.because), /^Held back, only pre-market hours pass\. 11:0\d in New York/);
      assert.equal(held.topic, 'AAPL');
      await desk.hears('done');
      assert.deepEqual(desk.heard('passed'), []);
    });

    it('tells nothing before its time, and nothing twice after a deploy', async () => {
      const flows = flow({ bars: '1' });
      await desk.load(flows);
      await desk.account();
      await desk.deploy(flows);
      await desk.shows('clock', /^SIM next bar 11:0\d$/);
      await pause(500);
      const times = said();
      assert.equal(new Set(times).size, times.length);
    });

    it('shows what it sends next itself, not what else the market does', async () => {
      await desk.load(flow({ onClose: false }));
      await desk.shows('clock', 'SIM next open Wed 09:30');
      await desk.deploy(flow({ onOpen: false, onClose: false, cron: '30 10 * * 6', cronDays: 'every' }));
      await desk.shows('clock', 'SIM next cron Sat 10:30');
      await desk.deploy(flow({ onOpen: false, onClose: false }));
      await desk.shows('clock', 'SIM gateOnly');
      assert.equal(desk.statusOf('clock').fill, 'green');
    });

    it('says that a cron line never comes, and tells the rest', async () => {
      const warned = () => desk.logged(30).filter(({ id }) => id === 'clock');
      const before = warned().length;
      await desk.load(flow({ cron: '0 3 * * 1-5', cronDays: 'session' }));
      await desk.shows('clock', 'SIM cronNever');
      assert.equal(desk.statusOf('clock').fill, 'yellow');
      await pause(500);
      assert.deepEqual(
        warned()
          .slice(before)
          .map(({ msg }) => msg),
        [
          'Cron line: "0 3 * * 1-5" never comes: it counts in regular hours alone, and none of its times lies in them',
        ],
      );
      await desk.deploy(flow({ onClose: false, cron: '30 10 * * 6' }));
      await desk.shows('clock', 'SIM cronNever');
      assert.match(
        String(warned().at(-1)?.msg),
        /"30 10 \* \* 6" never comes: it counts on trading days alone/,
      );
      await desk.deploy(flow({ cron: '0 3 * * 1-5' }));
      await desk.shows('clock', 'SIM next close 16:00');
      assert.equal(warned().length, before + 2);
    });

    it('refuses settings that cannot be, and says which', async () => {
      await desk.load(flow({ cron: '30 25 * * *' }));
      desk.node('clock').receive({});
      const wrong = async () => (await desk.hears('catch')).error as { code: string; message: string };
      const { code, message } = await wrong();
      assert.deepEqual([code, message.split(': ')[1]], ['E_INPUT', 'cron']);
      await desk.unload();
      await desk.load(flow({ beforeClose: '500' }));
      desk.node('clock').receive({});
      assert.match((await wrong()).message, /: beforeClose: 500 /);
    });

    it('holds everything while there is no account', async () => {
      await desk.load(flow({ account: 'nobody' }));
      desk.node('clock').receive({ payload: 1 });
      assert.equal(((await desk.hears('catch')).error as { code: string }).code, 'E_NO_ACCOUNT');
      assert.deepEqual(desk.heard('passed'), []);
    });
  });

  it('takes up where it left a moment ago, on the same account alone', () => {
    leavePlace('one', 'simulator SIM1', 1_000);
    assert.equal(takePlace('one', 'simulator SIM2'), undefined);
    leavePlace('one', 'simulator SIM1', 1_000);
    assert.equal(takePlace('two', 'simulator SIM1'), undefined);
    assert.equal(takePlace('one', 'simulator SIM1'), 1_000);
    assert.equal(takePlace('one', 'simulator SIM1'), undefined);
  });
});
