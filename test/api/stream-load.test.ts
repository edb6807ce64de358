import assert from 'node:assert/strict';
import { ManualTime } from '../broker/manual-time.ts';
import { until } from '../nodes/flow-desk.ts';
import { FrameReader } from './frame-reader.ts';
import { MARKET_NOW, QuoteSource, type RunningStream, runStream } from './quote-source.ts';

const SYMBOLS = Array.from({ length: 50 }, (_, n) => `S${n}`);
const SUBSCRIBE = { action: 'subscribe', symbols: SYMBOLS };

describe('the stream under load', () => {
  let running: RunningStream;
  let source: QuoteSource;
  let time: ManualTime;
  const readers: FrameReader[] = [];

  beforeEach(async () => {
    time = new ManualTime();
    source = new QuoteSource();
    running = await runStream(time);
    running.stream.bind(source.account);
  });
  afterEach(async () => {
    for (const { socket } of readers.splice(0)) socket.destroy();
    await running.close();
  });

  const open = async (keep = false) => {
    const reader = await FrameReader.open(running.port, keep);
    readers.push(reader);
    reader.say(SUBSCRIBE);
    await until(() => (reader.frames > 0 ? true : undefined), 'the confirmation');
    return reader;
  };

  it('tells 1,000 clients every quote of 50 symbols, in order, each once', async () => {
    for (let n = 0; n < 20; n++) await Promise.all(Array.from({ length: 50 }, (_, k) => open(n + k === 0)));
    assert.equal(running.stream.figures().clients, 1_000);
    assert.equal(running.stream.figures().symbols, 50);
    const ROUNDS = 4;
    for (let round = 0; round < ROUNDS; round++) {
      source.tell(SYMBOLS);
      const frames = 1 + (round + 1) * SYMBOLS.length;
      await until(
        () => readers.every((reader) => reader.frames >= frames) || undefined,
        `round ${round}`,
        30_000,
      );
    }
    const [kept] = readers;
    const quotes = kept?.texts.slice(1).map((text) => JSON.parse(text)) ?? [];
    assert.deepEqual(
      quotes.map(({ seq, data }) => `${data.symbol} ${seq}`),
      Array.from({ length: ROUNDS }, (_, round) => SYMBOLS.map((symbol) => `${symbol} ${round + 1}`)).flat(),
    );
    for (const reader of readers) {
      assert.equal(reader.frames, kept?.frames);
      assert.equal(reader.bytes, kept?.bytes);
    }
  }).timeout(120_000);

  it('keeps only the newest for a client that does not read, and nobody waits for it', async () => {
    const deaf = await open(true);
    const fast = await open();
    deaf.socket.pause();
    // Long enough that the buffers of the system are full soon.
    const long = 'x'.repeat(2_000);
    const ROUNDS = 200;
    for (let round = 0; round < ROUNDS; round++) {
      source.tell(SYMBOLS, long);
      await until(() => (fast.frames >= 1 + (round + 1) * SYMBOLS.length ? true : undefined), 'the fast one');
    }
    const [behind] = running.stream.backlogs().sort((a, b) => b.waiting - a.waiting);
    assert.equal(behind?.waiting, SYMBOLS.length, 'one quote of each symbol waits');
    assert.ok((behind?.bytes ?? 0) < 300_000, `${behind?.bytes} bytes wait`);

    deaf.socket.resume();
    const newest = () =>
      deaf.texts
        .map((text) => JSON.parse(text))
        .find(({ type, seq }) => type === 'quotes' && seq.S0 === ROUNDS);
    const { seq, data } = await until(() => newest() ?? undefined, 'the newest quotes');
    assert.equal(data.length, SYMBOLS.length);
    assert.ok(Object.values(seq).every((one) => one === ROUNDS));
    assert.ok(deaf.frames < ROUNDS * SYMBOLS.length, 'what was overtaken was never sent');
  }).timeout(60_000);

  it('lets go of a client that never answers', async () => {
    const deaf = await open(true);
    const { clients } = running.stream.figures();
    // It hears, but a client by hand answers no ping.
    await time.pass(16_000);
    const beat = await until(() => deaf.texts.find((text) => text.includes('"heartbeat"')), 'a heartbeat');
    const { at, timestamp } = JSON.parse(beat);
    assert.equal(at, MARKET_NOW, 'market time');
    assert.ok(Math.abs(timestamp - Date.now()) < 10_000, 'wall time');
    assert.equal(running.stream.figures().clients, clients);
    await time.pass(15_000);
    await until(() => (running.stream.figures().clients === 0 ? true : undefined), 'the end of the client');
    await until(() => deaf.socket.destroyed || undefined, 'the end of its socket');
    assert.equal(running.stream.figures().symbols, 0, 'nobody follows anything any more');
  });
});
