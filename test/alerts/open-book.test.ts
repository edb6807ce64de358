import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openAlertBook } from '../../lib/alerts/open-book.ts';
import { TapeMarket } from './tape-market.ts';

describe('alerts whose file cannot be used', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'alerts-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const terms = { symbol: 'AAPL', condition: 'price_above', value: 100 };

  it('are not taken from programs, which would lose them; those of nodes are looked at, and it says so', async () => {
    const file = path.join(folder, 'alerts.db');
    mkdirSync(file);
    const market = new TapeMarket();
    const book = openAlertBook(file, market);
    book.start();
    assert.match(book.problem, /alerts\.db could not be read or written/);
    assert.match(market.said.join(), /kept in memory for now, no others are taken/);
    assert.throws(() => book.add(terms), { code: 'E_RECORD', message: /a restart would forget the alert/ });
    assert.throws(() => book.add({ ...terms, value: -1 }), { code: 'E_INPUT' });
    assert.deepEqual(book.list(), []);
    await market.trade(101);
    book.claim('node', terms);
    assert.equal(book.get('node')?.status, 'triggered');
    book.close();
    const well = openAlertBook(path.join(folder, 'other.db'), market);
    assert.equal(well.problem, '');
    assert.equal(well.add(terms).symbol, 'AAPL');
    well.close();
  });
});
