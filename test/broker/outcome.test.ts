import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  classifyCancellation,
  classifyPlacement,
  type WriteObservation,
} from '../../lib/broker/tradier/outcome.ts';

function answered(status: number, body: unknown, headers: Record<string, string> = {}): WriteObservation {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { bytesWritten: 300, failure: null, reply: { status, headers, body: text, whole: true } };
}

function broken(code: string, bytesWritten: number): WriteObservation {
  return { bytesWritten, failure: { code, words: `it ended with ${code}` }, reply: null };
}

const ok = { order: { id: 123, status: 'ok', partner_id: 'x' } };
const quotaFault = {
  fault: {
    faultstring: 'Rate limit quota violation',
    detail: { errorcode: 'policies.ratelimit.QuotaViolation' },
  },
};
const tokenFault = {
  fault: {
    faultstring: 'Invalid Access Token',
    detail: { errorcode: 'keymanagement.service.invalid_access_token' },
  },
};
const refusal = {
  errors: { error: ['Backoffice rejected override of the order.', 'DayTradingBuyingPowerExceeded'] },
};

describe('outcome of one transmission of an order', () => {
  const rows: [string, WriteObservation, string][] = [
    ['a refused connection', broken('ECONNREFUSED', 0), 'not_sent'],
    ['an unknown host', broken('ENOTFOUND', 0), 'not_sent'],
    ['a connection that timed out', broken('ETIMEDOUT', 0), 'not_sent'],
    ['a failed TLS handshake', broken('CERT_HAS_EXPIRED', 0), 'not_sent'],
    ['200 with an id', answered(200, ok), 'acknowledged'],
    ['200 with an id in digits', answered(200, { order: { id: '123', status: 'ok' } }), 'acknowledged'],
    ['200 with an array of errors', answered(200, refusal), 'unknown'],
    ['200 with a bare error', answered(200, { errors: { error: 'UnexpectedSellOrder' } }), 'unknown'],
    ['400 with errors', answered(400, refusal), 'rejected'],
    [
      "400 with Tradier's own parameter check",
      answered(400, 'Invalid parameter, duration: is not valid.'),
      'rejected',
    ],
    ['400 with anything else', answered(400, 'Bad Request'), 'unknown'],
    ['400 with HTML', answered(400, '<html></html>'), 'unknown'],
    ['400 with errors and an order', answered(400, { ...refusal, ...ok }), 'unknown'],
    ['401 with a fault', answered(401, tokenFault), 'rejected'],
    ['401 with text', answered(401, 'Unauthorized Account: VA1'), 'rejected'],
    ['401 with HTML', answered(401, '<!doctype html>'), 'unknown'],
    ['401 with an order', answered(401, ok), 'unknown'],
    ['403', answered(403, 'Forbidden'), 'rejected'],
    [
      '429 of the gateway as text',
      answered(429, 'Quota Violation for token, until 1369168800001'),
      'rejected',
    ],
    ['429 of the gateway as a fault', answered(429, quotaFault), 'rejected'],
    ['429 of anyone else', answered(429, 'Too many requests'), 'unknown'],
    [
      'a spike arrest',
      answered(429, {
        fault: { faultstring: 'x', detail: { errorcode: 'policies.ratelimit.SpikeArrestViolation' } },
      }),
      'unknown',
    ],
    ...[404, 408, 409, 425, 499, 500, 502, 503, 504, 201, 202, 204, 301, 302, 307, 308, 100].map(
      (status): [string, WriteObservation, string] => [`${status}`, answered(status, ok), 'unknown'],
    ),
    ['500 with a quota fault', answered(500, quotaFault), 'unknown'],
    ['500 with a token fault', answered(500, tokenFault), 'unknown'],
    ['200 with HTML', answered(200, '<html>maintenance</html>'), 'unknown'],
    ['200 called HTML', answered(200, ok, { 'content-type': 'text/html; charset=utf-8' }), 'unknown'],
    ['200 empty', answered(200, ''), 'unknown'],
    ['200 with truncated JSON', answered(200, '{"order":{"id":12'), 'unknown'],
    ['200 without an id', answered(200, { order: { status: 'ok' } }), 'unknown'],
    [
      '200 with an id too large to be exact',
      answered(200, '{"order":{"id":12345678901234567890}}'),
      'unknown',
    ],
    ['200 with id 0', answered(200, { order: { id: 0 } }), 'unknown'],
    ['200 with errors and order', answered(200, { ...refusal, ...ok }), 'unknown'],
    ['200 with a fault', answered(200, tokenFault), 'unknown'],
    [
      '200 that broke off',
      {
        bytesWritten: 300,
        failure: { code: 'ECONNRESET', words: 'reset' },
        reply: { status: 200, headers: {}, body: JSON.stringify(ok), whole: false },
      },
      'unknown',
    ],
    [
      '401 that broke off',
      { bytesWritten: 300, failure: null, reply: { status: 401, headers: {}, body: '', whole: false } },
      'unknown',
    ],
    ['a time-out after the first byte', broken('ETIMEDOUT', 300), 'unknown'],
    ['a reset after the first byte', broken('ECONNRESET', 300), 'unknown'],
    ['a broken pipe after the first byte', broken('EPIPE', 1), 'unknown'],
    ['a count of bytes that is no number', broken('ECONNREFUSED', Number.NaN), 'unknown'],
    ['an answer without a question', { ...answered(200, ok), bytesWritten: 0 }, 'unknown'],
  ];
  for (const [name, seen, kind] of rows) {
    it(`${name}: ${kind}`, () => assert.equal(classifyPlacement(seen).kind, kind));
  }

  it('names the id, the codes, and the expectation of a rejection', () => {
    assert.deepEqual(classifyPlacement(answered(200, ok)), { kind: 'acknowledged', orderId: 123 });
    assert.deepEqual(classifyPlacement(answered(400, refusal)), {
      kind: 'rejected',
      reason: 'Backoffice rejected override of the order.; DayTradingBuyingPowerExceeded',
      codes: ['DayTradingBuyingPowerExceeded'],
    });
    const expected = classifyPlacement(answered(200, refusal));
    assert.ok(expected.kind === 'unknown' && expected.expectRejected);
    const both = classifyPlacement(answered(200, { ...refusal, ...ok }));
    assert.ok(both.kind === 'unknown' && !both.expectRejected);
  });

  it('is definitive on listed rows only, whatever comes, and never throws', () => {
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom(...rows.map(([, seen]) => seen.reply?.body ?? '')),
      fc
        .record({ order: fc.anything(), errors: fc.anything(), fault: fc.anything() }, { requiredKeys: [] })
        .map((value) => safely(value)),
    );
    const seen = fc.record({
      bytesWritten: fc.oneof(fc.nat(), fc.constantFrom(0, Number.NaN, -1)),
      failure: fc.option(fc.record({ code: fc.string(), words: fc.string() })),
      reply: fc.option(
        fc.record({
          status: fc.oneof(fc.integer({ min: 0, max: 999 }), fc.constantFrom(200, 400, 401, 403, 429, 500)),
          headers: fc.dictionary(fc.constantFrom('content-type', 'location', 'retry-after'), fc.string()),
          body: bodies,
          whole: fc.boolean(),
        }),
      ),
    });
    fc.assert(
      fc.property(seen, (observation) => {
        const { reply, failure, bytesWritten } = observation;
        const outcome = classifyPlacement(observation);
        const clean = reply?.whole === true && failure === null && bytesWritten !== 0;
        if (outcome.kind === 'not_sent') assert.ok(reply === null && bytesWritten === 0);
        if (outcome.kind === 'acknowledged') {
          assert.ok(clean && reply.status === 200);
          const id = (JSON.parse(reply.body) as { order: { id: unknown } }).order.id;
          assert.equal(Number(id), outcome.orderId);
        }
        if (outcome.kind === 'rejected') assert.ok(clean && [400, 401, 403, 429].includes(reply.status));
        classifyCancellation(observation);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('outcome of a cancellation', () => {
  it('is acknowledged only by 200 with an order', () => {
    assert.deepEqual(classifyCancellation(answered(200, ok)), { kind: 'acknowledged' });
    for (const body of ['', '<html>', refusal, {}]) {
      assert.equal(classifyCancellation(answered(200, body)).kind, 'failed');
    }
  });

  it('tells an order that is already final', () => {
    assert.deepEqual(classifyCancellation(answered(400, 'order already in finalized state: filled')), {
      kind: 'already_final',
      status: 'filled',
    });
    assert.equal(classifyCancellation(answered(400, 'order already in finalized state: ')).kind, 'failed');
    assert.equal(
      classifyCancellation(answered(500, 'order already in finalized state: filled')).kind,
      'failed',
    );
  });

  it('failed otherwise', () => {
    assert.equal(classifyCancellation(answered(401, 'Unauthorized Account: VA1')).kind, 'failed');
    assert.equal(classifyCancellation(broken('ECONNREFUSED', 0)).kind, 'failed');
  });
});

function safely(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
  }
}
