import assert from 'node:assert/strict';
import { Intake } from '../../lib/webhook/intake.ts';
import { limitsOf } from '../../lib/webhook/rate-limit.ts';
import type { AlertDeps, AlertRequest, Received } from '../../lib/webhook/receive.ts';
import { ManualTime } from '../broker/manual-time.ts';
import { alert, bodyOf, CONFIG, NOW } from './alerts.ts';
import { MemoryInbox } from './memory-inbox.ts';

describe('webhook: alerts of one turn', () => {
  let inbox: MemoryInbox;
  let commits: number;
  let deps: AlertDeps | null;
  let intake: Intake;

  beforeEach(() => {
    inbox = new MemoryInbox();
    commits = 0;
    const together = inbox.together.bind(inbox);
    inbox.together = (work) => {
      together(work);
      commits += 1;
    };
    deps = { inbox, wall: { now: () => NOW } };
    intake = new Intake(CONFIG, () => deps);
  });

  const request = (fields: Record<string, unknown>): AlertRequest => ({
    headers: {},
    body: {
      kind: 'body',
      bytes: Buffer.from(JSON.stringify(alert({ ticker: 'AAPL', action: 'buy', ...fields }))),
    },
    remoteAddress: '127.0.0.1',
  });
  const receive = (...ids: string[]) =>
    Promise.all(ids.map((id) => intake.receive(request({ id, contracts: 1 }))));
  const statuses = (all: (Received | null)[]) => all.map((one) => one?.status);

  it('share one commit, and none is answered before it', async () => {
    let answered = 0;
    const received = ['a', 'b', 'c'].map(async (id) => {
      const one = await intake.receive(request({ id, contracts: 1 }));
      assert.equal(commits, 1);
      answered += 1;
      return one;
    });
    assert.equal(intake.waiting, 3);
    await Promise.resolve();
    assert.equal(answered, 0);
    assert.deepEqual(statuses(await Promise.all(received)), [200, 200, 200]);
    assert.equal(intake.waiting, 0);
    assert.deepEqual(
      inbox.entries.map(({ signal }) => signal.id),
      ['a', 'b', 'c'],
    );
  });

  it('are told apart: the same one twice is a duplicate, a wrong one is refused alone', async () => {
    const [first, again, wrong, other] = await Promise.all([
      intake.receive(request({ id: 'a', contracts: 1 })),
      intake.receive(request({ id: 'a', contracts: 1 })),
      intake.receive(request({ id: 'b', contracts: -1 })),
      intake.receive(request({ id: 'a', contracts: 2 })),
    ]);
    assert.ok(first && again && wrong && other);
    assert.equal(bodyOf(first).status, 'accepted');
    assert.equal(bodyOf(again).status, 'duplicate');
    assert.deepEqual(statuses([wrong, other]), [422, 409]);
    assert.equal(inbox.entries.length, 1);
    assert.equal(commits, 1);
  });

  it('are none of them accepted when their commit fails, and count for no limit', async () => {
    const limits = limitsOf(2, 60_000, new ManualTime());
    deps = { inbox, wall: { now: () => NOW }, limits };
    inbox.commitFails = true;
    const failed = await Promise.all([
      intake.receive(request({ id: 'a', contracts: 1 })),
      intake.receive(request({ id: 'a', contracts: 1 })),
      intake.receive(request({ id: 'a', contracts: 2 })),
      intake.receive(request({ id: 'b', contracts: 1 })),
      intake.receive(request({ id: 'c', action: 'nonsense' })),
    ]);
    assert.deepEqual(statuses(failed), [503, 503, 503, 503, 422]);
    assert.ok(failed.every((one) => one?.signal === undefined));
    assert.ok(!JSON.stringify(failed).includes('disk'));
    inbox.commitFails = false;
    assert.deepEqual(statuses(await receive('a', 'b', 'c')), [200, 200, 429]);
  });

  it('are limited together as one after the other', async () => {
    deps = { inbox, wall: { now: () => NOW }, limits: limitsOf(2, 60_000, new ManualTime()) };
    assert.deepEqual(statuses(await receive('a', 'b', 'c', 'a')), [200, 200, 429, 200]);
  });

  it('are answered by nobody but the sender while there is no account', async () => {
    deps = null;
    assert.deepEqual(await receive('a', 'b'), [null, null]);
    assert.equal(commits, 0);
  });

  it('are more than one commit when they are very many', async () => {
    const ids = Array.from({ length: 130 }, (_, n) => `id-${n}`);
    assert.deepEqual(new Set(statuses(await receive(...ids))), new Set([200]));
    assert.equal(inbox.entries.length, 130);
    assert.equal(commits, 3);
  });

  it('do not fail with one of them that cannot be judged', async () => {
    const broken = { ...request({ id: 'b', contracts: 1 }) };
    Object.defineProperty(broken, 'headers', {
      get: () => {
        throw new Error('unreadable');
      },
    });
    const [first, second] = await Promise.allSettled([
      intake.receive(request({ id: 'a', contracts: 1 })),
      intake.receive(broken),
    ]);
    assert.equal(first?.status === 'fulfilled' && first.value?.status, 200);
    assert.match(String(second?.status === 'rejected' && second.reason), /unreadable/);
  });
});
