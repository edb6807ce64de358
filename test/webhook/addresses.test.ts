import assert from 'node:assert/strict';
import type { ElapsedTime } from '../../lib/domain/clock.ts';
import { addressList, callerAddress, TRADINGVIEW_ADDRESSES } from '../../lib/webhook/addresses.ts';
import { limitsOf, RateLimit } from '../../lib/webhook/rate-limit.ts';
import { Arrivals } from '../../lib/webhook/recent.ts';
import { alert, NOW, post } from './alerts.ts';
import { MemoryInbox } from './memory-inbox.ts';

describe('webhook: where alerts come from', () => {
  it('lists of addresses and networks of both kinds', () => {
    const list = addressList('203.0.113.7, 198.51.100.0/24; 2001:db8::/32\n::1');
    for (const address of ['203.0.113.7', '::ffff:203.0.113.7', '198.51.100.255', '2001:db8::1', '::1']) {
      assert.ok(list.has(address), address);
    }
    for (const address of [
      '203.0.113.8',
      '198.51.101.0',
      '2001:db9::1',
      '127.0.0.1',
      '',
      'x',
      '::ffff:1.2.3.4',
    ]) {
      assert.ok(!list.has(address), address);
    }
    const published = addressList(TRADINGVIEW_ADDRESSES.join(' '));
    assert.ok(TRADINGVIEW_ADDRESSES.every((address) => published.has(address)));
    for (const text of [
      '',
      ' , ',
      'localhost',
      '1.2.3',
      '1.2.3.4/33',
      '::1/129',
      '1.2.3.4/',
      '1.2.3.4/8/8',
    ]) {
      assert.throws(() => addressList(text), { code: 'E_INPUT', field: 'sourceList' }, text);
    }
  });

  it('the caller is the entry that our own proxies added, never one that a caller wrote', () => {
    const rows: [string | undefined, string | undefined, number, string][] = [
      ['127.0.0.1', '9.9.9.9', 0, '127.0.0.1'],
      ['::ffff:127.0.0.1', undefined, 1, '127.0.0.1'],
      ['127.0.0.1', '9.9.9.9', 1, '9.9.9.9'],
      ['127.0.0.1', 'forged, 52.89.214.238, 9.9.9.9', 1, '9.9.9.9'],
      ['127.0.0.1', '9.9.9.9, 10.0.0.1', 2, '9.9.9.9'],
      ['127.0.0.1', '9.9.9.9', 2, '127.0.0.1'],
      ['127.0.0.1', '9.9.9.9:4711', 1, '9.9.9.9'],
      ['127.0.0.1', '[2001:db8::1]:443', 1, '2001:db8::1'],
      ['127.0.0.1', '2001:db8::1', 1, '2001:db8::1'],
      ['127.0.0.1', '::ffff:9.9.9.9', 1, '9.9.9.9'],
      ['127.0.0.1', 'unknown', 1, '127.0.0.1'],
      ['127.0.0.1', '9.9.9.9,', 1, '127.0.0.1'],
      [undefined, undefined, 3, ''],
    ];
    for (const [socket, forwarded, hops, caller] of rows) {
      assert.equal(callerAddress(socket, forwarded, hops), caller, `${forwarded} ${hops}`);
    }
  });
});

describe('webhook: how many alerts', () => {
  let now = 0;
  const elapsed = { now: () => now } as ElapsedTime;
  beforeEach(() => {
    now = 1_000;
  });

  it('15 in 3 minutes by address and strategy, then 429 until the first is old enough', () => {
    const limits = limitsOf(15, 180_000, elapsed);
    const inbox = new MemoryInbox();
    const send = (id: string, fields = {}, remoteAddress = '9.9.9.9') =>
      post(alert({ id, ticker: 'AAPL', action: 'buy', ...fields }), { inbox, limits, remoteAddress });
    for (let n = 0; n < 15; n += 1) {
      now += 1_000;
      assert.equal(send(`a${n}`).status, 200);
    }
    const refused = send('b');
    assert.deepEqual([refused.status, refused.headers], [429, { 'retry-after': '166' }]);
    assert.equal(refused.signal, undefined);
    assert.equal((send('a3').body as { status: string }).status, 'duplicate', 'what was accepted stays so');
    assert.equal(send('c', { strategy: 'other' }).status, 200);
    assert.equal(send('d', {}, '9.9.9.8').status, 200);
    now += 166_000;
    assert.equal(send('b').status, 200);
    assert.equal(send('e').status, 429);
  });

  it('a flood without the secret is told to wait, and never keeps the owner out', () => {
    const limits = limitsOf(15, 180_000, elapsed);
    const statuses = new Map<number, number>();
    for (let n = 0; n < 1_000; n += 1) {
      const { status } = post({ ticker: 'AAPL', action: 'buy', secret: `x${n}` }, { limits });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    assert.deepEqual(
      [...statuses],
      [
        [401, 60],
        [429, 940],
      ],
    );
    assert.equal(post(alert({ ticker: 'AAPL', action: 'buy' }), { limits }).status, 200);
  });

  it('0 is any number, and keys are not kept for ever', () => {
    const any = new RateLimit(0, 1_000, elapsed);
    for (let n = 0; n < 100; n += 1) any.count('a');
    assert.equal(any.wait('a'), 0);
    const one = new RateLimit(1, 1_000, elapsed);
    one.count('first');
    assert.equal(one.wait('first'), 1_000);
    for (let n = 0; n < 1_000; n += 1) one.count(`k${n}`);
    assert.equal(one.wait('first'), 0);
  });
});

describe('webhook: what arrived last', () => {
  it('keeps five, counts repeated failures as one, and asks what became of a signal', () => {
    const inbox = new MemoryInbox();
    const arrivals = new Arrivals();
    const add = (status: number, what: string, signal: string | null = null) =>
      arrivals.add({ at: NOW, from: '9.9.9.9', status, what, signal });
    for (let n = 0; n < 100; n += 1) add(401, 'no secret was sent');
    const { reply } = {
      reply: post(alert({ id: 'x', ticker: 'AAPL', action: 'buy', contracts: 3 }), { inbox }),
    };
    assert.equal(reply.what, 'tradingview: buy 3 AAPL');
    add(200, reply.what, reply.signalKey);
    const shown = arrivals.shown('webhook-in-1', inbox);
    assert.deepEqual(
      shown.map(({ status, times, became }) => [status, times, became]),
      [
        [200, 1, 'received'],
        [401, 100, ''],
      ],
    );
    for (let n = 0; n < 9; n += 1)
      arrivals.add({ at: NOW, from: `9.9.9.${n}`, status: 401, what: '', signal: null });
    const statuses = arrivals.shown('webhook-in-1', null).map(({ status }) => status);
    assert.deepEqual(statuses, [401, 401, 200], 'strangers do not push it out');
    for (let n = 0; n < 9; n += 1) add(422, `wrong ${n}`);
    assert.equal(arrivals.shown('webhook-in-1', null).length, 5);
    inbox.broken = true;
    add(200, reply.what, reply.signalKey);
    assert.equal(arrivals.shown('webhook-in-1', inbox)[0]?.became, '');
  });
});
