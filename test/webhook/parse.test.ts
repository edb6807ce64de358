import assert from 'node:assert/strict';
import { parseBody } from '../../lib/webhook/parse.ts';
import { accepted, alert, post, refused, SECRET } from './alerts.ts';

const BEARER = { authorization: `Bearer ${SECRET}` };
const GOOD = JSON.stringify(alert({ ticker: 'AAPL', action: 'buy' }));

describe('webhook: bodies that cannot be read', () => {
  it('a byte order mark and white space do no harm', () => {
    accepted(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(`\r\n ${GOOD}\r\n`)]));
  });

  it('are a 400 with words, with and without authentication, and never quoted', () => {
    const rows: [string | Uint8Array, RegExp][] = [
      ['', /empty/],
      ['  \n', /empty/],
      ['AAPL Crossing 150', /does not begin with a brace/],
      [`${SECRET}`, /does not begin/],
      [`{"secret":"${SECRET}","qty":NaN}`, /renders as NaN/],
      [`{"secret":"${SECRET}","qty":}`, /rendered as nothing/],
      [`{“secret”:“${SECRET}”}`, /curly/],
      [`{"secret":"${SECRET}",}`, /comma/],
      [`{"secret":"${SECRET}"`, /not valid JSON/],
      [`["${SECRET}"]`, /not an object/],
      ['"{}"', /not an object/],
      ['null', /not an object/],
      [Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), /UTF-8/],
      [Buffer.from(GOOD, 'utf16le'), /not valid JSON/],
    ];
    for (const [body, words] of rows) {
      for (const headers of [{}, BEARER]) {
        const error = refused(body, { headers }, 400);
        assert.match(error.message, words);
        assert.ok(!JSON.stringify(error).includes(SECRET.slice(0, 8)));
      }
    }
  });

  it('JSON bombs and names that reach prototypes are refused', () => {
    const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const bodies = [
      nested(16),
      nested(30_000),
      `${'{"a":'.repeat(17)}1${'}'.repeat(17)}`,
      `{${Array.from({ length: 201 }, (_, n) => `"k${n}":1`).join()}}`,
      `{"a":[${Array.from({ length: 200 }, () => '1').join()}]}`,
      '{"__proto__":{"polluted":1}}',
      '{"a":{"__proto__":{"polluted":1}}}',
      '{"a":[{"constructor":{"prototype":{"polluted":1}}}]}',
      '{"prototype":1}',
      '{"\\u005f_proto__":1}',
    ];
    for (const body of bodies) refused(body, { headers: BEARER }, 400);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
    assert.equal(parseBody(Buffer.from(nested(15))).kind, 'record');
  });

  it('other inherited names are ordinary unknown fields', () => {
    const body = alert({ ticker: 'AAPL', action: 'buy', toString: 1, hasOwnProperty: { valueOf: 1 } });
    assert.deepEqual(accepted(body).ignored, ['toString', 'hasOwnProperty']);
    const parsed = parseBody(Buffer.from('{"a":{"b":1}}'));
    assert.ok(parsed.kind === 'record');
    assert.equal(Object.getPrototypeOf(parsed.record), null);
    assert.equal(Object.getPrototypeOf(parsed.record.a), null);
  });

  it('of two equal keys the last holds', () => {
    const body = `{"secret":"${SECRET}","ticker":"AAPL","action":"sell","action":"buy"}`;
    assert.equal(accepted(body).signal.action, 'buy');
    assert.equal(post(`{"secret":"${SECRET}","secret":"x","ticker":"AAPL","action":"buy"}`).status, 401);
  });
});
