import assert from 'node:assert/strict';
import fc from 'fast-check';
import { signalSchema } from '../../lib/domain/signal.ts';
import { NOW, post, SECRET } from './alerts.ts';
import { MemoryInbox } from './memory-inbox.ts';

const NAMES = [
  'action',
  'side',
  'ticker',
  'symbol',
  'contracts',
  'quantity',
  'id',
  'alert_id',
  'timenow',
  'timestamp',
  'time',
  'interval',
  'strategy',
  'order',
  'market_position',
  'market_position_size',
  'position_size',
  'price',
  'order_type',
  'type',
  'limit_price',
  'duration',
  'book',
  'message',
  'target',
  'strategy.order.id',
  'strategy.order.action',
  '__proto__',
  'constructor',
  'toString',
  'secret',
];
const WORDS = [
  'buy',
  'sell',
  'exit',
  'short',
  'long',
  'flat',
  'AAPL',
  'NASDAQ:AAPL',
  '100',
  '-1',
  'NaN',
  '',
  'limit',
  '1e999',
  new Date(NOW).toISOString(),
  String(NOW),
  '2026-03-02T14:33:15Z',
  '{{ticker}}',
  '\ud800',
  '\u0000',
  'D',
  SECRET,
];

const word = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'binary', maxLength: 40 }));
const leaf = fc.oneof(
  { weight: 4, arbitrary: word },
  { weight: 2, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.constantFrom(null, true, false, 0, -0, 100, NOW, NOW / 1000, 1e21) },
);
const name = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...NAMES) }, { weight: 1, arbitrary: word });
const { record } = fc.letrec<{ record: [string, unknown][]; value: unknown }>((tie) => ({
  record: fc.array(fc.tuple(name, tie('value')), { maxLength: 12 }) as fc.Arbitrary<[string, unknown][]>,
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(leaf, { maxLength: 4 }),
    tie('record').map((pairs) => Object.fromEntries(pairs as [string, unknown][])),
  ),
}));
/** Mostly complete, so that many of them are understood. */
const sensible = record.map((pairs) => ({ ticker: 'AAPL', action: 'buy', ...Object.fromEntries(pairs) }));

const json = fc.oneof(
  record.map((pairs) => JSON.stringify(Object.fromEntries(pairs))),
  sensible.map((body) => JSON.stringify(body)),
  // Written by hand, so that duplicate keys and __proto__ reach the parser.
  record.map(
    (pairs) =>
      `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value) ?? 'NaN'}`).join()}}`,
  ),
);
const broken = fc
  .tuple(json, fc.nat(), fc.constantFrom('', '"', '{', '[[[[', ',', '\\', '\u0000', 'NaN', '1e999'))
  .map(
    ([text, at, insert]) =>
      text.slice(0, at % (text.length + 1)) + insert + text.slice((at % (text.length + 1)) + 1),
  );
const bytes = fc.oneof(
  { weight: 6, arbitrary: json.map((text) => Buffer.from(text)) },
  { weight: 3, arbitrary: broken.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
);

/** Text of every form, whole and spoiled: lines, words and commands with anything in their places. */
const part = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...WORDS) }, { weight: 1, arbitrary: word });
const pair = fc.tuple(name, part).map(([key, value]) => `${key}=${value}`);
const forms = fc.oneof(
  fc
    .tuple(fc.array(pair, { maxLength: 8 }), fc.constantFrom('\n', ' ', ';', ',', '\r\n'))
    .map(([pairs, by]) => ['symbol=AAPL', 'action=buy', ...pairs].join(by)),
  fc.tuple(part, part, part, part).map((parts) => parts.join(' ')),
  fc.tuple(part, pair).map(([size, more]) => `buy ${size} AAPL ${more}`),
  fc
    .tuple(part, part, fc.array(pair, { maxLength: 4 }))
    .map(([id, command, pairs]) => [id, command, 'AAPL', ...pairs].join(',')),
  fc.array(pair, { maxLength: 4 }).map((pairs) => `L1,buy,AAPL,${pairs.join(',')}`),
  fc
    .tuple(part, part, fc.array(pair, { maxLength: 4 }))
    .map(([key, symbol, pairs]) => `${key}(${symbol}) { market(${pairs.join(', ')}) }`),
  fc
    .array(pair, { maxLength: 4 })
    .map((pairs) => `Desk(AAPL) { limit(side=buy, ${pairs.join(', ')}); } #bot`),
);
/** JSON with the marks of the dialects, one or several. */
const MARKED: Record<string, unknown>[] = [
  { ticker: 'AAPL', action: 'buy', sentiment: 'long', takeProfit: { percent: 5 } },
  { bot_uuid: 'b', tv_instrument: 'AAPL', action: 'enter_long', take_profit: { enabled: true, steps: [{}] } },
  { message_type: 'bot', bot_id: 1, pair: 'USD_AAPL', email_token: 'x' },
  { apikey: 'x', symbol: 'AAPL', action: 'BUY', pricetype: 'SL', price: '1', trigger_price: '2' },
  { symbol: 'AAPL', action: 'buy', quantity: 1, limit_price: 1 },
];
const marked = fc
  .tuple(fc.subarray(MARKED, { minLength: 1, maxLength: 2 }), record)
  .map(([bodies, pairs]) => JSON.stringify(Object.assign({}, ...bodies, Object.fromEntries(pairs))));
const dialects = fc
  .oneof(
    forms,
    marked,
    fc
      .tuple(forms, fc.nat(), part)
      .map(([text, at, insert]) => text.slice(0, at % (text.length + 1)) + insert),
  )
  .map((text) => Buffer.from(text));

const DELIBERATE = new Set([200, 400, 401, 409, 422]);

describe('webhook: 10,000 bodies nobody would write', function () {
  this.timeout(120_000);

  it('from strangers: never an exception, never a 5xx, never a signal', () => {
    const inbox = new MemoryInbox();
    fc.assert(
      fc.property(fc.oneof(bytes, dialects), fc.option(fc.string()), (body, token) => {
        const text = Buffer.from(body).toString();
        fc.pre(!text.includes(SECRET));
        const headers = token === null ? {} : { authorization: `Bearer ${token}` };
        const reply = post(body, token === '' ? { headers, inbox, pathToken: 'x' } : { headers, inbox });
        assert.ok(reply.status === 400 || reply.status === 401, `${reply.status} ${text}`);
        assert.equal(reply.signal, undefined);
      }),
      { numRuns: 5000 },
    );
    assert.equal(inbox.entries.length, 0);
  });

  it('from the owner: a sound signal or a deliberate refusal, and no secret in either', () => {
    const statuses = new Map<number, number>();
    let inbox = new MemoryInbox();
    let runs = 0;
    fc.assert(
      fc.property(fc.oneof(bytes, dialects), (body) => {
        if (runs++ % 200 === 0) inbox = new MemoryInbox();
        const reply = post(body, { headers: { authorization: `Bearer ${SECRET}` }, inbox });
        statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
        assert.ok(DELIBERATE.has(reply.status), String(reply.status));
        assert.ok(!JSON.stringify(reply).includes(SECRET));
        if (reply.signal) {
          assert.equal(reply.status, 200);
          assert.deepEqual(signalSchema.parse(JSON.parse(JSON.stringify(reply.signal))), reply.signal);
          assert.ok(reply.signal.quantity === undefined || reply.signal.quantity > 0);
        }
      }),
      { numRuns: 5000 },
    );
    assert.ok(
      (statuses.get(200) ?? 0) > 100 && (statuses.get(422) ?? 0) > 100,
      JSON.stringify([...statuses]),
    );
    assert.equal(Object.keys(Object.prototype).length, 0);
  });
});
