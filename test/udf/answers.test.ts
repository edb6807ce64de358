import assert from 'node:assert/strict';
import { TraderError } from '../../lib/domain/errors.ts';
import type { BarService } from '../../lib/market/bars/contract.ts';
import { toEpoch } from '../../lib/market/exchange-time.ts';
import { questionBehind, readToken } from '../../lib/udf/access.ts';
import { errorAnswer, jsonAnswer } from '../../lib/udf/answer.ts';
import { AnswerCache } from '../../lib/udf/answer-cache.ts';
import { encodingFor } from '../../lib/udf/encodings.ts';
import type { ChartSource } from '../../lib/udf/feed-parts.ts';
import { readOrigins } from '../../lib/udf/origins.ts';
import { VirtualClock } from '../account/virtual-clock.ts';
import { ChartServer } from './chart-desk.ts';
import { FilledMarket } from './filled-market.ts';

const NOW = toEpoch('2026-03-06', '15:59');
const QUESTION = '/history?symbol=AAPL&resolution=1&countback=5&to=1772830000';

describe('udf answers', () => {
  describe('on a server', () => {
    let filled: FilledMarket;
    let source: ChartSource;
    let asked = 0;
    let server: ChartServer;
    let failures = 0;
    let failure: unknown = new TraderError('E_BROKER_UNREACHABLE');
    before(async () => {
      filled = new FilledMarket(NOW);
      source = filled.source();
      const { bars } = source;
      const troubled: BarService = {
        history: async (...args) => {
          asked += 1;
          if (failures > 0) {
            failures -= 1;
            throw failure;
          }
          return bars.history(...args);
        },
        follow: (...args) => bars.follow(...args),
      };
      server = await new ChartServer({ ...source, bars: troubled }).start();
    });
    after(async () => {
      await server.stop();
      filled.close();
    });
    beforeEach(() => server.cache.clear());

    it('are made once, however many ask for them and how often', async () => {
      const before = asked;
      await Promise.all(Array.from({ length: 20 }, () => server.get(QUESTION)));
      await server.get(QUESTION);
      assert.equal(asked, before + 1);
      await filled.market.clock.advance(61_000);
      await server.get(QUESTION);
      assert.equal(asked, before + 2);
    });

    it('come late rather than wrong while the broker fails in passing', async () => {
      failures = 3;
      const answer = server.get(QUESTION);
      for (let wait = 0; wait < 10; wait += 1) await filled.market.clock.advance(500);
      assert.equal((JSON.parse(await answer) as { s: string }).s, 'ok');
    });

    it('say in the end that the broker failed, in UDF and without a stack, and try again next time', async () => {
      failures = 100;
      const answer = fetch(`${server.origin}${QUESTION}`);
      for (let wait = 0; wait < 40; wait += 1) await filled.market.clock.advance(500);
      const response = await answer;
      assert.equal(response.status, 503);
      assert.deepEqual(await response.json(), { s: 'error', errmsg: 'The broker could not be reached.' });
      failures = 0;
      assert.equal((JSON.parse(await server.get(QUESTION)) as { s: string }).s, 'ok');
    });

    it('do not try again what will not pass, and tell nothing of a defect', async () => {
      failure = new Error('secret of the inside');
      failures = 1;
      const response = await fetch(`${server.origin}${QUESTION}`);
      assert.equal(response.status, 503);
      assert.deepEqual(await response.json(), { s: 'error', errmsg: 'The answer could not be made.' });
      assert.equal(server.reports.at(-1), failure);
    });

    it('to HEAD have no body', async () => {
      const response = await fetch(`${server.origin}${QUESTION}`, { method: 'HEAD' });
      assert.ok(Number(response.headers.get('content-length')) > 100);
      assert.equal(await response.text(), '');
    });
  });

  it('keep their tag while their bytes are the same', async () => {
    const clock = new VirtualClock(NOW);
    const cache = new AnswerCache(clock.elapsed, 'run');
    const ask = (value: unknown) => cache.make('/q', async () => jsonAnswer(value, 1_000));
    const first = await ask(1);
    assert.equal((await ask(1)).etag, first.etag);
    assert.notEqual((await ask(2)).etag, first.etag);
    assert.ok(cache.fresh('/q'));
    await clock.advance(1_000);
    assert.equal(cache.fresh('/q'), null);
  });

  it('of an account that is gone are given to nobody who asks later', async () => {
    const cache = new AnswerCache(new VirtualClock(NOW).elapsed, 'run');
    const old = Promise.withResolvers<string>();
    const before = cache.make('/q', async () => jsonAnswer(await old.promise, 60_000));
    cache.clear();
    const after = cache.make('/q', async () => jsonAnswer('new', 60_000));
    old.resolve('old');
    assert.equal((await before).body.toString(), '"old"');
    assert.equal((await after).body.toString(), '"new"');
    assert.equal(cache.fresh('/q')?.body.toString(), '"new"');
  });

  it('take 32 MB at most, compressed forms included', async () => {
    const cache = new AnswerCache(new VirtualClock(NOW).elapsed, 'run');
    for (let n = 0; n < 80; n += 1) {
      const body = Buffer.alloc(1024 * 1024, n);
      const kept = await cache.make(`/q${n}`, async () => ({
        status: 200,
        type: 'json',
        body,
        keptMs: 1_000,
      }));
      cache.form(kept, 'gzip');
      assert.ok(cache.bytes <= 33 * 1024 * 1024);
    }
    assert.equal(cache.fresh('/q0'), null);
    assert.ok(cache.fresh('/q79'));
  });

  it('show no value of an error that is not input', () => {
    const error = new TraderError('E_BROKER_AUTH', 'no', { field: 'token', value: 'abc' });
    assert.deepEqual(JSON.parse(errorAnswer(error).body.toString()), {
      s: 'error',
      errmsg: 'no',
      field: 'token',
    });
  });

  it('are compressed for who takes it, when it pays', () => {
    assert.equal(encodingFor('gzip, deflate, br, zstd', 5_000), 'zstd');
    assert.equal(encodingFor('gzip, deflate, br', 5_000), 'br');
    assert.equal(encodingFor('GZIP;q=0.5', 5_000), 'gzip');
    assert.equal(encodingFor('*', 5_000), 'zstd');
    assert.equal(encodingFor('zstd;q=0, *;q=0.1', 5_000), 'br');
    for (const none of ['identity', '', 'deflate', 'br;q=0', 'gzip;q=no'])
      assert.equal(encodingFor(none, 5_000), null);
    assert.equal(encodingFor('br', 1_000), null);
    assert.equal(encodingFor(undefined, 5_000), null);
  });

  it('are read by the origins on the list', () => {
    const origins = readOrigins('https://Chart.example/, http://localhost:3000');
    assert.equal(origins.allowed('https://chart.example'), 'https://chart.example');
    assert.equal(origins.allowed('https://chart.example:8443'), null);
    assert.equal(origins.allowed(undefined), null);
    assert.equal(readOrigins('').allowed('https://chart.example'), null);
    assert.equal(readOrigins('*').allowed(undefined), '*');
    for (const wrong of [
      'chart.example',
      'https://a.example/page',
      'ftp://a.example',
      'https://u@a.example',
      'null',
    ])
      assert.throws(() => readOrigins(wrong), { code: 'E_INPUT', field: 'origins' });
  });

  it('are behind a token that never shows', () => {
    const token = 'a-long-enough-token';
    assert.equal(questionBehind(token, `/${token}/time?x=1`, {}), '/time?x=1');
    assert.equal(questionBehind(token, `/${token}`, {}), '/');
    assert.equal(questionBehind(token, `/${token}?x`, {}), '?x');
    assert.equal(questionBehind(token, '/time', { authorization: `Bearer ${token}` }), '/time');
    for (const url of ['/time', '/', '', `/${token}a/time`, `//${token}/time`])
      assert.equal(questionBehind(token, url, {}), null, url);
    for (const wrong of ['short', 'with a blank in it', 'sla/sh-sla/sh-sla/sh'])
      assert.throws(
        () => readToken(wrong),
        (error: Error) => !error.message.includes(wrong),
      );
  });
});
