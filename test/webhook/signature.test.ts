import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { accepted, NOW, OTHER_SECRET, type Posted, post, SECRET } from './alerts.ts';
import { MemoryInbox } from './memory-inbox.ts';

const BODY = JSON.stringify({ ticker: 'AAPL', action: 'buy', contracts: 1 });
const SECONDS = Math.floor(NOW / 1000);

function sign(body: string, key: string | Buffer, id = 'msg_1', time: number | string = SECONDS) {
  const signature = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(time), 'webhook-signature': `v1,${signature}` };
}

describe('webhook: signatures by Standard Webhooks', () => {
  const both: Posted = { config: { secrets: [SECRET, OTHER_SECRET] } };

  it('any of several signatures by any of two keys is enough', () => {
    for (const key of [SECRET, OTHER_SECRET]) accepted(BODY, { ...both, headers: sign(BODY, key) });
    const right = sign(BODY, SECRET);
    const several = `v1,AAAA v2,x ${right['webhook-signature']} v1a,y`;
    accepted(BODY, { headers: { ...right, 'webhook-signature': several } });
    assert.equal(post(BODY, { headers: sign(BODY, OTHER_SECRET) }).status, 401);
  });

  it('a key as the libraries write it is base64 behind whsec_', () => {
    const bytes = Buffer.from('0123456789abcdef0123456789abcdef');
    const config = { secrets: [`whsec_${bytes.toString('base64')}`] };
    accepted(BODY, { config, headers: sign(BODY, bytes) });
  });

  it('the id is the alert’s id when the body has none', () => {
    const inbox = new MemoryInbox();
    assert.equal(accepted(BODY, { inbox, headers: sign(BODY, SECRET) }).signal.id, 'msg_1');
    const again = post(BODY, { inbox, headers: sign(BODY, SECRET, 'msg_1', SECONDS - 5) });
    assert.equal((again.body as { status: string }).status, 'duplicate');
    accepted(BODY, { inbox, headers: sign(BODY, SECRET, 'msg_2') });
    const own = JSON.stringify({ ...JSON.parse(BODY), id: 'mine' });
    assert.equal(accepted(own, { headers: sign(own, SECRET) }).signal.id, 'mine');
  });

  it('text can be signed as well', () => {
    assert.equal(
      accepted('buy 10 AAPL', { headers: sign('buy 10 AAPL', SECRET) }).understood.dialect,
      'words',
    );
  });

  it('5 minutes are tolerated, either way, and no more', () => {
    for (const time of [SECONDS - 299, SECONDS + 299]) {
      accepted(BODY, { headers: sign(BODY, SECRET, 'm', time) });
    }
    for (const time of [SECONDS - 301, SECONDS + 302, 0, '', 'now', `${SECONDS}000`]) {
      assert.equal(post(BODY, { headers: sign(BODY, SECRET, 'm', time) }).status, 401, String(time));
    }
  });

  it('anything else is the same 401, and a wrong signature spoils a right secret', () => {
    const right = sign(BODY, SECRET);
    const { 'webhook-id': _id, ...noId } = right;
    const { 'webhook-timestamp': _time, ...noTime } = right;
    const { 'webhook-signature': signature, ...unsigned } = right;
    const wrong = [
      noId,
      noTime,
      unsigned,
      { ...right, 'webhook-id': 'other' },
      { ...right, 'webhook-id': 'x'.repeat(300) },
      { ...right, 'webhook-timestamp': String(SECONDS + 1) },
      { ...right, 'webhook-signature': signature.slice(3) },
      { ...right, 'webhook-signature': signature.replace('v1,', 'v2,') },
      { ...right, 'webhook-signature': 'v1,' },
      { ...right, 'webhook-signature': '' },
      sign(`${BODY} `, SECRET),
      sign(BODY, ''),
      { ...sign(BODY, 'x'), authorization: `Bearer ${SECRET}` },
    ];
    for (const headers of wrong) {
      const reply = post(BODY, { headers });
      assert.deepEqual([reply.status, reply.body], [401, 'Unauthorized'], JSON.stringify(headers));
    }
    for (const secret of ['', 'whsec_', 'whsec_=']) {
      assert.equal(post(BODY, { headers: sign(BODY, ''), config: { secrets: [secret] } }).status, 401);
    }
  });
});

describe('webhook: the secret in the address', () => {
  it('authenticates alone or beside others, and has to be right', () => {
    const from = (pathToken: string, body: unknown = BODY) => post(body, { pathToken });
    assert.equal(from(SECRET).status, 200);
    assert.equal(from(SECRET, 'sell AAPL').status, 200);
    assert.equal(from(SECRET, { ...JSON.parse(BODY), secret: 'x' }).status, 401);
    for (const token of ['', 'x', SECRET.slice(1), `${SECRET}/`]) {
      assert.equal(from(token).status, 401);
      assert.equal(from(token, { ...JSON.parse(BODY), secret: SECRET }).status, 401);
    }
    assert.ok(!JSON.stringify(from(SECRET)).includes(SECRET));
    assert.ok(!JSON.stringify(from('some-wrong-token')).includes('some-wrong-token'));
  });
});
