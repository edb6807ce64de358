import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { signalSchema } from '../../lib/domain/signal.ts';
import { carry, parsePayload, passThrough, traced } from '../../nodes/kit/messages.ts';

const wall = { now: () => Date.UTC(2026, 2, 2, 15) };

describe('kit: messages', () => {
  it('passes through what the sender put beside the payload', () => {
    const kept = passThrough({
      _msgid: 'm1',
      payload: 1,
      topic: 'AAPL',
      trace: [],
      note: 'mine',
      tags: { a: [1, null] },
    });
    assert.deepEqual(kept, { _msgid: 'm1', note: 'mine', tags: { a: [1, null] } });
  });

  it('leaves live objects and what is not JSON behind', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const msg = {
      req: new IncomingMessage(new Socket()),
      res: {},
      run: () => 1,
      big: 1n,
      none: undefined,
      circle,
      at: new Date(0),
    };
    assert.deepEqual(passThrough(msg), { at: '1970-01-01T00:00:00.000Z' });
  });

  it('keeps within the bound, largest left out first', () => {
    const kept = passThrough({ small: 'x', large: 'é'.repeat(20_000), middle: 'y'.repeat(1_000) });
    assert.deepEqual(Object.keys(kept).sort(), ['middle', 'small']);
    assert.ok(Buffer.byteLength(JSON.stringify(kept)) <= 16_384);
    const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`property${i}`, i]));
    assert.ok(Buffer.byteLength(JSON.stringify(passThrough(many))) <= 16_384);
  });

  it('adds a line to the trace without touching what is there', () => {
    const first = traced({}, wall, { node: 'a', decision: 'sized', because: 'x', figures: { shares: 10 } });
    const msg = { trace: first };
    const second = traced(msg, wall, { node: 'b', decision: 'approved', because: 'y' });
    assert.equal(msg.trace.length, 1);
    assert.deepEqual(second, [
      { node: 'a', at: '2026-03-02T15:00:00.000Z', decision: 'sized', because: 'x', figures: { shares: 10 } },
      { node: 'b', at: '2026-03-02T15:00:00.000Z', decision: 'approved', because: 'y', figures: {} },
    ]);
    assert.equal(traced({ trace: 'not a list' }, wall, { node: 'a', decision: 'd', because: 'b' }).length, 1);
  });

  it('carries everything else along', () => {
    const trace = traced({}, wall, { node: 'a', decision: 'sized', because: 'the last word' });
    assert.deepEqual(carry({ payload: 1, topic: 'x', because: 'before', note: 2 }, { a: 1 }, 'AAPL', trace), {
      payload: { a: 1 },
      topic: 'AAPL',
      trace,
      because: 'the last word',
      note: 2,
    });
  });

  it('names the field, the value and what was expected', () => {
    const signal = { id: '1', source: 's', symbol: 'AAPL', action: 'hold', book: 'b', receivedAt: 0 };
    assert.throws(() => parsePayload(signalSchema, signal, 'a signal'), {
      code: 'E_INPUT',
      field: 'payload.action',
      value: 'hold',
    });
    assert.throws(() => parsePayload(signalSchema, 'buy', 'a signal'), {
      code: 'E_INPUT',
      field: 'payload',
      expected: 'a signal',
    });
  });
});
