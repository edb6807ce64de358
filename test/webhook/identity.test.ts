import assert from 'node:assert/strict';
import { accepted, alert, bodyOf, NOW, post, refused } from './alerts.ts';
import { MemoryInbox } from './memory-inbox.ts';

const ORDER = { ticker: 'AAPL', action: 'buy', contracts: 1 };
const COMPOSITE = {
  ...ORDER,
  interval: '5',
  time: '2026-03-02T14:30:00Z',
  timenow: '2026-03-02T14:33:15Z',
  order_id: 'Long',
};

describe('webhook: which alert is which', () => {
  it('an id, as text or number, under id or alert_id', () => {
    const rows: [object, string][] = [
      [{ id: 'a-1' }, 'a-1'],
      [{ id: 17 }, '17'],
      [{ alert_id: ' a 1 ' }, 'a 1'],
      [{ alertId: 'a-1' }, 'a-1'],
      [{ id: 'x', alert_id: 'constant name' }, 'x'],
      [{ id: '', alert_id: 'y' }, 'y'],
    ];
    for (const [fields, id] of rows) {
      const { signal, understood } = accepted(alert({ ...ORDER, ...fields }));
      assert.deepEqual([signal.id, understood.identity], [id, 'id']);
    }
  });

  it('what cannot name an alert is refused, not dropped', () => {
    for (const id of [true, [], ['a'], 2 ** 53, 1.5, 'x'.repeat(257), '{{strategy.order.id}}']) {
      assert.equal(refused(alert({ ...ORDER, id })).field, 'id');
    }
  });

  it('strategy.order.id is an id only together with symbol, interval, time and timenow', () => {
    const { signal, understood } = accepted(alert(COMPOSITE));
    assert.equal(understood.identity, 'composite');
    assert.equal(signal.id, 'AAPL|5|2026-03-02T14:30:00Z|2026-03-02T14:33:15Z|Long');
    for (const missing of ['interval', 'time', 'timenow', 'order_id']) {
      const rest = Object.fromEntries(Object.entries(COMPOSITE).filter(([name]) => name !== missing));
      assert.equal(accepted(alert(rest)).understood.identity, 'body', missing);
    }
    for (const name of ['strategy.order.id', 'strategy_order_id', 'strategyOrderId', 'orderId']) {
      const { order_id, ...rest } = COMPOSITE;
      assert.equal(accepted(alert({ ...rest, [name]: order_id })).signal.id, signal.id, name);
    }
    const nested = { ...COMPOSITE, order_id: null, strategy: { order: { id: 'Long' } } };
    assert.equal(accepted(alert(nested)).signal.id, signal.id);
  });

  it('parts of a composite id cannot run into each other', () => {
    const one = accepted(alert({ ...COMPOSITE, interval: '5|x', order_id: 'y' })).signal.id;
    const two = accepted(alert({ ...COMPOSITE, interval: '5', order_id: 'x|y' })).signal.id;
    assert.notEqual(one, two);
    const long = accepted(alert({ ...COMPOSITE, order_id: 'o'.repeat(250) })).signal.id;
    assert.match(long, /^composite-[0-9a-f]{64}$/);
  });

  it('the same id with the same body is a duplicate, with another body a conflict', () => {
    const inbox = new MemoryInbox();
    const first = accepted(alert({ ...ORDER, id: 'a' }), { inbox });
    const again = post(alert({ id: 'a', ...ORDER }), { inbox, now: NOW + 5000 });
    assert.equal(again.status, 200);
    assert.equal(again.signal, undefined);
    const body = bodyOf(again);
    assert.equal(body.status, 'duplicate');
    assert.equal(body.signal, bodyOf(first.reply).signal);
    assert.deepEqual([body.duplicate?.of, body.duplicate?.ageSeconds], [body.signal, 5]);
    assert.equal(body.duplicate?.outcome.state, 'received');
    assert.ok(body.understood && body.ignored);

    const other = refused(alert({ ...ORDER, contracts: 2, id: 'a' }), { inbox }, 409);
    assert.deepEqual([other.field, other.value], ['id', 'a']);
    assert.equal(inbox.entries.length, 1);
  });

  it('the way the secret came is not part of the body', () => {
    const inbox = new MemoryInbox();
    accepted(alert({ ...ORDER, id: 'a' }), { inbox });
    const { secret, ...rest } = alert({ ...ORDER, id: 'a' });
    const again = post(rest, { inbox, headers: { authorization: `Bearer ${String(secret)}` } });
    assert.equal(bodyOf(again).status, 'duplicate');
  });

  it('without an id the same body within a minute is the same alert', () => {
    const inbox = new MemoryInbox();
    for (const [at, status] of [
      [0, 'accepted'],
      [0, 'duplicate'],
      [59_999, 'duplicate'],
      [60_000, 'accepted'],
    ] as const) {
      assert.equal(bodyOf(post(alert(ORDER), { inbox, now: NOW + at })).status, status, `${at}`);
    }
    assert.equal(bodyOf(post(alert({ ...ORDER, contracts: 2 }), { inbox })).status, 'accepted');
    assert.equal(new Set(inbox.entries.map((entry) => entry.signalKey)).size, 3);
  });

  it('another source or account has other keys for the same id', () => {
    const inbox = new MemoryInbox();
    const key = (source: string) =>
      bodyOf(post(alert({ ...ORDER, id: 'a' }), { inbox, config: { source } })).signal;
    assert.notEqual(key('one'), key('two'));
  });

  it('a live account takes no alert without an id', () => {
    const inbox = new MemoryInbox(true);
    const timenow = '2026-03-02T14:33:15Z';
    assert.equal(refused(alert({ ...ORDER, timenow }), { inbox }).field, 'id');
    assert.equal(refused(alert({ ...ORDER, timenow, order_id: 'Long' }), { inbox }).field, 'id');
    accepted(alert({ ...ORDER, timenow, id: 'a' }), { inbox });
    accepted(alert(COMPOSITE), { inbox });
  });

  it('four sends and 32 copies are one alert', () => {
    const inbox = new MemoryInbox();
    const replies = Array.from({ length: 36 }, (_, n) =>
      post(alert(COMPOSITE), { inbox, now: NOW + (n < 4 ? n * 5000 : 15_000) }),
    );
    assert.deepEqual([...new Set(replies.map((reply) => reply.status))], [200]);
    assert.equal(replies.filter((reply) => reply.signal).length, 1);
  });
});
