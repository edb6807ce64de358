import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { performance } from 'node:perf_hooks';
import { authenticate } from '../../lib/webhook/authenticate.ts';
import { isRecord, safeCopy } from '../../lib/webhook/json.ts';
import { signalStatus } from '../../lib/webhook/status.ts';
import { accepted, CONFIG, NOW, OTHER_SECRET, post, SECRET } from './alerts.ts';
import { MemoryInbox } from './memory-inbox.ts';

const ORDER = { ticker: 'AAPL', action: 'buy', contracts: 1 };
const bearer = (token: string): IncomingHttpHeaders => ({ authorization: `Bearer ${token}` });

describe('webhook: authentication', () => {
  it('takes the secret from the body, from the header, or both', () => {
    accepted({ ...ORDER, secret: SECRET });
    accepted(ORDER, { headers: bearer(SECRET) });
    accepted({ ...ORDER, secret: SECRET }, { headers: bearer(SECRET) });
    accepted(ORDER, { headers: { authorization: `bearer   ${SECRET} ` } });
    // A proxy's own password is none of our business.
    accepted({ ...ORDER, secret: SECRET }, { headers: { authorization: 'Basic dXNlcjpwYXNz' } });
  });

  it('takes any of several live secrets', () => {
    const config = { secrets: [SECRET, OTHER_SECRET] };
    accepted({ ...ORDER, secret: OTHER_SECRET }, { config });
    accepted({ ...ORDER, secret: OTHER_SECRET }, { config, headers: bearer(SECRET) });
    assert.equal(post({ ...ORDER, secret: OTHER_SECRET }).status, 401);
  });

  it('refuses everything else with the same answer', () => {
    const wrong: unknown[] = [
      undefined,
      null,
      '',
      ' ',
      0,
      1,
      true,
      [],
      [SECRET],
      {},
      { secret: SECRET },
      SECRET.toUpperCase(),
      SECRET.slice(1),
      `${SECRET} `,
      ` ${SECRET}`,
      `${SECRET}\u0000`,
      'x'.repeat(60_000),
      '\ud800',
      'ﬁ',
      OTHER_SECRET,
      'undefined',
      'null',
    ];
    const answers = new Set<string>();
    for (const secret of wrong) {
      for (const headers of [{}, { 'x-forwarded-for': '52.89.214.238', 'x-webhook-secret': SECRET }]) {
        const reply = post({ ...ORDER, secret }, { headers });
        assert.equal(reply.signal, undefined);
        assert.ok(!reply.log.includes(SECRET));
        answers.add(JSON.stringify([reply.status, reply.body, reply.headers]));
      }
    }
    for (const token of ['', 'x', SECRET.slice(1), `${SECRET}${SECRET}`, `${SECRET}, Bearer ${SECRET}`]) {
      // A wrong header spoils a right body, and the other way round.
      for (const body of [ORDER, { ...ORDER, secret: SECRET }]) {
        const reply = post(body, { headers: bearer(token) });
        answers.add(JSON.stringify([reply.status, reply.body, reply.headers]));
      }
    }
    for (const secret of [null, '', 'x', [SECRET]]) {
      const reply = post({ ...ORDER, secret }, { headers: bearer(SECRET) });
      answers.add(JSON.stringify([reply.status, reply.body, reply.headers]));
    }
    for (const body of [
      { ...ORDER, Secret: SECRET },
      { ...ORDER, data: { secret: SECRET } },
    ]) {
      const reply = post(body);
      answers.add(JSON.stringify([reply.status, reply.body, reply.headers]));
    }
    assert.deepEqual([...answers], ['[401,"Unauthorized",{"www-authenticate":"Bearer"}]']);
  });

  it('an unauthenticated caller learns nothing about fields, ids or freshness', () => {
    for (const body of [{ id: 'x' }, { timestamp: 1, ticker: '!' }, { action: 'nonsense' }, {}]) {
      assert.equal(post({ ...body, secret: 'wrong' }).body, 'Unauthorized');
    }
  });

  it('without a configured secret nothing is accepted', () => {
    for (const secrets of [[], [''], ['', '']]) {
      for (const secret of ['', undefined, 'x']) {
        assert.equal(post({ ...ORDER, secret }, { config: { secrets } }).status, 401);
        assert.equal(post(ORDER, { config: { secrets }, headers: bearer('') }).status, 401);
      }
    }
  });

  it('passes the secret on nowhere', () => {
    const inbox = new MemoryInbox();
    const body = {
      ...ORDER,
      secret: SECRET,
      id: `n-${SECRET}`,
      message: `my ${SECRET} and ${OTHER_SECRET}`,
      strategy: SECRET,
      nested: { secret: SECRET, list: [SECRET, OTHER_SECRET], [SECRET]: 1 },
    };
    const { reply } = accepted(body, { inbox, config: { secrets: [SECRET, OTHER_SECRET] } });
    const everything = JSON.stringify([reply, inbox.entries]);
    assert.ok(!everything.includes(SECRET) && !everything.includes(OTHER_SECRET));
    assert.ok(!everything.toLowerCase().includes(SECRET.toLowerCase()));
    assert.ok(!('secret' in JSON.parse(String(inbox.entries[0]?.bodyRedacted))));
    const wrong = post({ ...ORDER, secret: SECRET, contracts: SECRET });
    assert.equal(wrong.status, 422);
    assert.ok(!JSON.stringify(wrong).includes(SECRET));
  });

  it('a short secret is removed where it is the whole value, not inside words', () => {
    const body = { ...ORDER, secret: 'abc', message: 'abc', comment: 'abcdef' };
    const { signal } = accepted(body, { config: { secrets: ['abc'] } });
    assert.equal(signal.reason, '[removed]: abcdef');
  });

  it('the time taken does not depend on how much of the secret is right', function () {
    this.timeout(60_000);
    const record = (secret: string) => {
      const copy = safeCopy({ ...ORDER, secret });
      assert.ok(isRecord(copy));
      return copy;
    };
    const candidates = [record(`x${SECRET.slice(1)}`), record(`${SECRET.slice(0, -1)}x`)];
    const took: number[][] = [[], []];
    for (let round = 0; round < 20_000; round += 1) {
      const which = round % 2;
      const start = performance.now();
      authenticate(
        {
          headers: {},
          record: candidates[which] ?? {},
          form: 'json',
          bytes: new Uint8Array(),
          now: NOW,
        },
        [SECRET, OTHER_SECRET],
      );
      took[which]?.push(performance.now() - start);
    }
    const [early = Number.NaN, late = Number.NaN] = took.map(median);
    assert.ok(Math.abs(early - late) < 0.25 * Math.max(early, late), `${early} ms and ${late} ms`);
  });

  it('the status of a signal is told for the Bearer secret alone', () => {
    const inbox = new MemoryInbox();
    const { reply } = accepted({ ...ORDER, secret: SECRET, id: 'mine' }, { inbox });
    const key = (reply.body as { signal: string }).signal;
    for (const id of [key, 'mine']) {
      const status = signalStatus(bearer(SECRET), CONFIG.source, id, CONFIG, inbox);
      assert.deepEqual(status.body, { signal: key, state: 'received', refusals: [], order: null });
    }
    for (const headers of [{}, bearer(''), bearer('x'), { 'x-secret': SECRET }]) {
      for (const id of [key, 'unknown']) {
        const status = signalStatus(headers, CONFIG.source, id, CONFIG, inbox);
        assert.deepEqual([status.status, status.body], [401, 'Unauthorized']);
      }
    }
    assert.equal(signalStatus(bearer(SECRET), CONFIG.source, 'unknown', CONFIG, inbox).status, 404);
    assert.equal(signalStatus(bearer(SECRET), 'another', key, CONFIG, inbox).status, 404);
    assert.equal(signalStatus(bearer(SECRET), CONFIG.source, 'x'.repeat(10_000), CONFIG, inbox).status, 404);
    inbox.broken = true;
    const broken = signalStatus(bearer(SECRET), CONFIG.source, key, CONFIG, inbox);
    assert.equal(broken.status, 503);
    assert.ok(!JSON.stringify(broken).includes('disk'));
  });
});

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
