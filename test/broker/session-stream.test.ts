import assert from 'node:assert/strict';
import type { StreamSession } from '../../lib/broker/tradier/rest.ts';
import { SessionStream } from '../../lib/broker/tradier/session-stream.ts';
import { systemChance } from '../../lib/domain/chance.ts';
import { systemElapsed } from '../../lib/domain/clock.ts';
import { eventually } from './fixtures.ts';
import { StreamServer } from './stream-server.ts';

describe('SessionStream, stopped and started again', () => {
  let server: StreamServer;
  let stream: SessionStream;
  let states: string[];
  let asked: number;
  /** Sessions that were asked for and not answered, together. */
  let pending: number;
  let mostPending: number;
  /** Holds the answers to requests for a session back. */
  let wait: Promise<void> | null;

  beforeEach(async () => {
    server = await StreamServer.start();
    states = [];
    asked = 0;
    pending = 0;
    mostPending = 0;
    wait = null;
    stream = new SessionStream({
      name: 'market',
      openSession,
      subscribe: (sessionid) => ({ sessionid }),
      onMessage: () => undefined,
      toleratesError: () => false,
      onState: ({ state, gap }) => states.push(gap ? `${state} after a gap` : state),
      silenceMs: 10_000,
      renewMs: 100_000,
      handshakeMs: 5_000,
      backoffMs: 1,
      backoffMaxMs: 2,
      elapsed: systemElapsed,
      chance: systemChance,
      log: () => undefined,
    });
  });

  afterEach(async () => {
    await stream.stop();
    await server.close();
  });

  async function openSession(): Promise<StreamSession> {
    asked += 1;
    pending += 1;
    mostPending = Math.max(mostPending, pending);
    const answer = await fetch(`${server.base}/markets/events/session`, { method: 'POST' });
    const { stream } = (await answer.json()) as { stream: { url: string; sessionid: string } };
    await wait;
    pending -= 1;
    return { sessionId: stream.sessionid, url: new URL(stream.url.replace('http', 'ws')) };
  }

  const newest = () => server.clients.at(-1);
  const subscribed = (sockets: number) =>
    eventually(
      () => server.clients.length === sockets && newest()?.frames.length === 1,
      `socket ${sockets} subscribed`,
    );

  /** What a second start that does not wait spoils: which socket is the stream's, and what it says of itself. */
  async function assertInCharge(): Promise<void> {
    assert.equal(server.mostOpen.market, 1);
    assert.equal(mostPending, 1, 'one request for a session at a time');
    const client = newest();
    const frames = client?.frames.length ?? 0;
    stream.resubscribe();
    await eventually(() => client?.frames.length === frames + 1, 'the open socket is the one it uses');
    assert.equal(client?.frames.at(-1)?.sessionid, server.sessions.at(-1));
    assert.equal(server.clients.filter(({ closed }) => !closed).length, 1);
  }

  it('waits for the old socket to close', async () => {
    stream.start();
    await subscribed(1);
    void stream.stop();
    stream.start();
    assert.deepEqual(states, ['connecting', 'open'], 'nothing begins before the old one has ended');
    await subscribed(2);
    assert.deepEqual(states, ['connecting', 'open', 'down', 'connecting', 'open after a gap']);
    await assertInCharge();
  });

  it('waits for the request for a session that is under way', async () => {
    let answer: () => void = () => undefined;
    wait = new Promise((resolve) => {
      answer = resolve;
    });
    stream.start();
    await eventually(() => pending === 1, 'asked');
    void stream.stop();
    stream.start();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(asked, 1);
    answer();
    await subscribed(1);
    assert.deepEqual(states, ['connecting', 'down', 'connecting', 'open after a gap']);
    await assertInCharge();
  });

  it('waits for a handshake that is under way', async () => {
    let letIn: () => void = () => undefined;
    server.upgradeWait = new Promise((resolve) => {
      letIn = resolve;
    });
    stream.start();
    await eventually(() => server.upgrades === 1, 'knocked');
    void stream.stop();
    stream.start();
    letIn();
    await eventually(() => newest()?.frames.length === 1, 'subscribed');
    assert.deepEqual(states, ['connecting', 'down', 'connecting', 'open after a gap']);
    await assertInCharge();
  });

  it('does so however quickly and however often', async () => {
    for (let n = 0; n < 200; n++) {
      stream.start();
      for (let times = n % 4; times > 0; times--) {
        void stream.stop();
        stream.start();
      }
      // Every moment of a connection's life is met: none, asking, knocking, open.
      for (let turns = n % 23; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
      void stream.stop();
    }
    await stream.stop();
    stream.start();
    await eventually(() => states.at(-1)?.startsWith('open') === true, 'open at last');
    await eventually(() => newest()?.frames.length === 1, 'subscribed');
    assert.ok(states.filter((state) => state.startsWith('open')).length > 10, 'some of them came to be open');
    for (const [n, state] of states.entries()) {
      const before = states[n - 1] ?? 'down';
      const after = state === 'connecting' ? /down/ : state === 'down' ? /connecting|open/ : /connecting/;
      assert.match(before, after, `${state} after ${before}`);
    }
    await assertInCharge();
  });

  it('stays stopped when stopping comes last', async () => {
    stream.start();
    await subscribed(1);
    void stream.stop();
    stream.start();
    await stream.stop();
    await eventually(() => server.clients.every(({ closed }) => closed), 'closed');
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(asked, 1);
    assert.equal(states.at(-1), 'down');
    assert.equal(stream.running, false);
  });
});
