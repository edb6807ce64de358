import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import type { NodeStatus } from 'node-red';
import { type StatusKey, StatusLight } from '../../nodes/kit/status.ts';
import { VirtualClock } from '../account/virtual-clock.ts';

const KEYS: Record<Exclude<StatusKey, ''>, true> = {
  connecting: true,
  ready: true,
  waiting: true,
  degraded: true,
  halted: true,
  reducing: true,
  noAccount: true,
  noSecret: true,
  pathTaken: true,
  misconfigured: true,
  accepted: true,
  duplicate: true,
  refused: true,
  sized: true,
  approved: true,
  sent: true,
  filled: true,
  unknown: true,
  streaming: true,
  error: true,
};

describe('kit: status texts', () => {
  const root = new URL('../../nodes/', import.meta.url);
  const types = readdirSync(root).filter((name) => name !== 'kit' && name !== 'risk-policy');
  for (const type of types) {
    it(`are all in the catalogue of ${type}, short enough to be read`, () => {
      const file = new URL(`${type}/locales/en-US/${type}.json`, root);
      const catalogue = JSON.parse(readFileSync(file, 'utf8')) as Record<
        string,
        { status?: Record<string, string> }
      >;
      for (const key of Object.keys(KEYS)) {
        const text = catalogue[type]?.status?.[key] ?? '';
        assert.ok(text.length > 0 && `paper ${text}`.length <= 22, `${key}: "${text}"`);
      }
    });
  }
});

describe('kit: StatusLight', () => {
  let clock: VirtualClock;
  let written: NodeStatus[];
  let light: StatusLight;
  const texts: Record<string, string> = {
    'place-order.status.ready': 'bereit',
    'place-order.status.filled': 'ausgeführt',
  };

  beforeEach(() => {
    clock = new VirtualClock(0);
    written = [];
    light = new StatusLight({
      type: 'place-order',
      write: (status) => written.push(status),
      translate: (id) => texts[id] ?? id,
      elapsed: clock.elapsed,
    });
  });

  it('shows at once, marked with whose money it is, in the words of the catalogue', () => {
    light.mark('simulator');
    light.show('ok', 'ready');
    assert.deepEqual(written, [{ fill: 'green', shape: 'dot', text: 'SIM bereit' }]);
  });

  it('says behind the mark that quotes are late, at the cost of no detail', async () => {
    light.mark('tradier-sandbox', 900_000);
    light.show('ok', '', 'AAPL 187.25 189.99 x');
    await clock.advance(1_000);
    light.mark('tradier-sandbox', 0);
    light.show('ok', 'ready');
    await clock.advance(1_000);
    light.mark(null, 60_000);
    light.show('ok', 'ready');
    assert.deepEqual(
      written.map(({ text }) => text),
      ['paper DELAYED 15 MIN AAPL 187.25 189.99 x', 'paper bereit', 'DELAYED 1 MIN bereit'],
    );
  });

  it('falls back to the key, and leaves out a detail that would have to be cut', async () => {
    light.mark('tradier-live');
    light.show('failed', 'refused', '1000000 BRK/B');
    await clock.advance(1_000);
    light.show('failed', 'refused', 'what nobody would read below a node');
    assert.deepEqual(
      written.map(({ text }) => text),
      ['LIVE refused 1000000 BRK/B', 'LIVE refused'],
    );
  });

  it('names the limit that refused in the words of the catalogue, or only says that it was refused', async () => {
    texts['place-order.refusal.order-quantity'] = 'zu groß';
    light.mark('simulator');
    light.refused([
      { rule: 'order-quantity', message: '' },
      { rule: 'spread', message: '' },
    ]);
    await clock.advance(1_000);
    light.refused([{ rule: 'unheard-of', message: '' }], 'AAPL');
    assert.deepEqual(
      written.map(({ text, fill }) => `${fill} ${text}`),
      ['red SIM zu groß', 'red SIM refused AAPL'],
    );
  });

  it('changes at most once a second, and the last state wins', async () => {
    for (let i = 0; i < 50; i += 1) light.show('busy', 'sent', i);
    await clock.advance(999);
    assert.equal(written.length, 1);
    await clock.advance(1);
    assert.deepEqual(
      written.map(({ text }) => text),
      ['sent 0', 'sent 49'],
    );
    await clock.advance(5_000);
    light.show('ok', 'filled');
    assert.equal(written.length, 3);
  });

  it('does not repeat itself, but returns to an earlier state', async () => {
    light.show('ok', 'ready');
    await clock.advance(2_000);
    light.show('ok', 'ready');
    light.show('busy', 'sent');
    light.show('ok', 'ready');
    await clock.advance(2_000);
    assert.deepEqual(
      written.map(({ text }) => text),
      ['bereit', 'sent', 'bereit'],
    );
  });

  it('keeps a pinned fault in sight until it is unpinned', async () => {
    light.pin('down', 'noSecret');
    light.show('ok', 'ready');
    await clock.advance(2_000);
    assert.equal(written.at(-1)?.text, 'noSecret');
    light.unpin();
    light.show('ok', 'ready');
    assert.equal(written.at(-1)?.text, 'bereit');
  });

  it('writes nothing and holds no timer after it closed', async () => {
    light.show('ok', 'ready');
    light.show('busy', 'sent');
    light.close();
    light.show('ok', 'filled');
    await clock.advance(5_000);
    assert.equal(written.length, 1);
    assert.equal(clock.timers, 0);
  });
});
