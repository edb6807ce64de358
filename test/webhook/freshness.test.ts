import assert from 'node:assert/strict';
import { readTime } from '../../lib/webhook/freshness.ts';
import { accepted, alert, NOW, refused } from './alerts.ts';
import { MemoryInbox } from './memory-inbox.ts';

const ORDER = { ticker: 'AAPL', action: 'buy', contracts: 1 };
const iso = (at: number) => new Date(at).toISOString();
const MINUTE = Math.floor(NOW / 60_000) * 60_000;
const HALF_HOUR = Date.UTC(2026, 2, 2, 14, 30);

describe('webhook: the age of an alert', () => {
  it('reads ISO text with and without parts, seconds and milliseconds', () => {
    const at = Date.UTC(2026, 2, 2, 14, 33, 15);
    const rows: [string | number, number][] = [
      ['2026-03-02T14:33:15Z', at],
      [' 2026-03-02T14:33:15Z ', at],
      ['2026-03-02T14:33:15', at],
      ['2026-03-02 14:33:15', at],
      ['2026-03-02T14:33:15.5Z', at + 500],
      ['2026-03-02T14:33:15.123456', at + 123],
      ['2026-03-02T14:33:15,123Z', at + 123],
      ['2026-03-02T09:33:15-05:00', at],
      ['2026-03-02T09:33:15-0500', at],
      ['2026-03-02T09:33:15-05', at],
      ['2026-03-02t14:33:15z', at],
      ['2026-03-02T14:33Z', at - 15_000],
      [at, at],
      [at / 1000, at],
      [at / 1000 + 0.25, at + 250],
      [String(at), at],
      [String(at / 1000), at],
    ];
    for (const [value, expected] of rows) assert.equal(readTime(value), expected, String(value));
    for (const value of [
      'soon',
      '2026-13-02T14:33:15Z',
      '14:33:15',
      '2026-03-02',
      '',
      0,
      -1,
      1e30,
      at * 1000,
    ]) {
      assert.equal(readTime(value), null, String(value));
    }
  });

  it('prefers timenow, then fired_at, then timestamp', () => {
    const times = { timestamp: iso(NOW - 3000), fired_at: iso(NOW - 2000), timenow: iso(NOW - 1000) };
    assert.equal(accepted(alert({ ...ORDER, ...times })).signal.firedAt, NOW - 1000);
    assert.equal(accepted(alert({ ...ORDER, ...times, timenow: '' })).signal.firedAt, NOW - 2000);
    assert.equal(accepted(alert({ ...ORDER, timestamp: times.timestamp })).signal.firedAt, NOW - 3000);
    // The bar's time is no fire time.
    assert.equal(accepted(alert({ ...ORDER, time: iso(NOW - 900_000) })).signal.firedAt, undefined);
  });

  it('30 s old and 5 s ahead pass, a millisecond more does not', () => {
    const at = (firedAt: number) => alert({ ...ORDER, fired_at: firedAt });
    accepted(at(NOW - 30_000));
    accepted(at(NOW + 5000));
    const stale = refused(at(NOW - 30_001));
    assert.equal(stale.field, 'fired_at');
    assert.match(String(stale.expected), /at most 30 s old; this alert is stale \(30\.0 s old/);
    assert.match(String(refused(at(NOW + 5001)).expected), /at most 5 s ahead/);
    accepted(at(NOW - 60_000), { config: { maxAgeMs: 60_000 } });
    refused(at(NOW + 2), { config: { futureMs: 1 } });
    const zone = refused(alert({ ...ORDER, fired_at: '2026-03-02T09:33:15' }));
    assert.match(String(zone.expected), /read as UTC/);
  });

  it('an unreadable time is refused, a missing one noted, on a live account refused', () => {
    for (const timestamp of ['soon', true, [], 12, '{{timenow}}', '2026-03-02']) {
      assert.equal(refused(alert({ ...ORDER, timestamp })).field, 'timestamp');
    }
    assert.match(accepted(alert({ ...ORDER, timestamp: 'na' })).understood.notes.join(), /age unknown/);
    const inbox = new MemoryInbox(true);
    assert.equal(refused(alert({ ...ORDER, id: 'a' }), { inbox }).field, 'timenow');
  });

  it('a time on a bar boundary is taken for the time of the bar unless it is fresh', () => {
    const rows: [object, number, number][] = [
      // fields, value, status at 5.001 s to 30 s of age
      [{}, MINUTE, 422],
      [{}, MINUTE + 1000, 200],
      [{ interval: '1' }, MINUTE, 422],
      [{ interval: '5' }, HALF_HOUR, 422],
      [{ interval: '5' }, HALF_HOUR + 60_000, 200],
      [{ interval: 5 }, HALF_HOUR + 300_000, 422],
      // Sessions open at half past nine: hourly bars do not begin on the hour.
      [{ interval: '60' }, HALF_HOUR, 422],
      [{ interval: '240' }, HALF_HOUR, 422],
      [{ interval: '60' }, HALF_HOUR + 900_000, 200],
      [{ interval: 'D' }, HALF_HOUR, 422],
      [{ interval: '1D' }, HALF_HOUR + 60_000, 200],
      [{ interval: 'W' }, HALF_HOUR, 422],
      [{ interval: '15S' }, HALF_HOUR, 200],
      [{ interval: 'x' }, MINUTE, 422],
      // The bar's own time is given and is another one: this is no bar time.
      [{ interval: '1', time: iso(MINUTE - 60_000) }, MINUTE, 200],
      [{ interval: '1', time: iso(MINUTE) }, MINUTE, 422],
    ];
    for (const [fields, value, status] of rows) {
      const body = alert({ ...ORDER, ...fields, timestamp: iso(value) });
      accepted(body, { now: value });
      accepted(body, { now: value + 5000 });
      for (const age of [5001, 29_999]) {
        if (status === 200) accepted(body, { now: value + age });
        else assert.match(String(refused(body, { now: value + age }).expected), /use \{\{timenow\}\}/);
      }
    }
  });

  it('a stale bar time gets the advice too', () => {
    const error = refused(alert({ ...ORDER, interval: '5', timestamp: iso(HALF_HOUR) }));
    assert.match(String(error.expected), /at most 30 s old; this alert is stale .*use \{\{timenow\}\}/);
  });
});
