import assert from 'node:assert/strict';
import { signalKey } from '../../lib/domain/ids.ts';
import { signalSchema } from '../../lib/domain/signal.ts';
import { receiveAlert } from '../../lib/webhook/receive.ts';
import { accepted, alert, bodyOf, CONFIG, NOW, post, refused, SECRET } from './alerts.ts';
import { MemoryInbox } from './memory-inbox.ts';

const ORDER = { ticker: 'AAPL', action: 'buy', contracts: 1, id: 'a' };

describe('webhook: receiving', () => {
  it('records before it answers, and the record holds the whole body but the secret', () => {
    const inbox = new MemoryInbox();
    const { signal, reply } = accepted(alert({ ...ORDER, mood: 140 }), { inbox });
    const [entry] = inbox.entries;
    assert.ok(entry);
    assert.equal(entry.signalKey, signalKey(inbox.accountKey, CONFIG.source, 'a'));
    assert.equal(bodyOf(reply).signal, entry.signalKey);
    assert.equal(entry.identity, 'id');
    assert.equal(entry.source, CONFIG.source);
    assert.match(entry.bodyDigest, /^[0-9a-f]{64}$/);
    assert.deepEqual(JSON.parse(entry.bodyRedacted), { ...ORDER, mood: 140 });
    assert.deepEqual(entry.signal, signal);
    assert.deepEqual(signalSchema.parse(JSON.parse(JSON.stringify(signal))), signal);
    assert.match(reply.log, /^200 to 127\.0\.0\.1: accepted \w+: buy 1 AAPL, signal \S+$/);
  });

  it('an alert that could not be recorded is a 503 and goes nowhere', () => {
    const inbox = new MemoryInbox();
    inbox.broken = true;
    const reply = post(alert(ORDER), { inbox });
    assert.equal(reply.status, 503);
    assert.equal(reply.signal, undefined);
    assert.ok(!JSON.stringify(reply).includes('disk'));
    inbox.broken = false;
    accepted(alert(ORDER), { inbox });
  });

  it('says of a known alert that it is known, however old it is by now', () => {
    const inbox = new MemoryInbox();
    const fired = { ...ORDER, timenow: NOW };
    accepted(alert(fired), { inbox });
    const later = { inbox, now: NOW + 3_600_000 };
    const again = post(alert(fired), later);
    assert.equal(again.status, 200);
    assert.equal(bodyOf(again).status, 'duplicate');
    assert.equal(post(alert({ ...fired, contracts: 2 }), later).status, 409);
    assert.match(JSON.stringify(bodyOf(post(alert({ ...fired, id: 'new' }), later))), /stale/);
    assert.equal(inbox.entries.length, 1);
  });

  it('nothing that is refused is recorded', () => {
    const inbox = new MemoryInbox();
    refused('{', { inbox }, 400);
    assert.equal(post({ ...ORDER, secret: 'x' }, { inbox }).status, 401);
    refused(alert({ ...ORDER, action: 'x' }), { inbox });
    refused(alert({ ...ORDER, timenow: NOW - 60_000 }), { inbox });
    assert.equal(inbox.entries.length, 0);
  });

  it('a refused body is answered with what was expected, on a connection that closes', () => {
    const body = { kind: 'refused', status: 413, field: 'body', value: null, expected: 'less' } as const;
    const reply = receiveAlert({ headers: { authorization: `Bearer ${SECRET}` }, body }, CONFIG, {
      inbox: new MemoryInbox(),
      wall: { now: () => NOW },
    });
    assert.equal(reply.status, 413);
    assert.equal(reply.headers?.connection, 'close');
    assert.equal(reply.signal, undefined);
  });

  it('long values and names are shortened in answers, numbers that grow do not swell the record', () => {
    const inbox = new MemoryInbox();
    const error = refused(alert({ ...ORDER, action: 'x'.repeat(60_000) }));
    assert.ok(JSON.stringify(error).length < 1200);
    const { reply } = accepted(alert({ ...ORDER, ['k'.repeat(60_000)]: 1 }), { inbox });
    assert.ok(JSON.stringify(reply).length < 1200);
    const grown = `{"secret":"${SECRET}","ticker":"AAPL","action":"buy","pad":"${'p'.repeat(64_700)}","n":[${'1e20,'.repeat(100)}1]}`;
    accepted(grown, { inbox });
    assert.ok(inbox.entries.every((entry) => Buffer.byteLength(entry.bodyRedacted) <= 65_536));
  });
});
