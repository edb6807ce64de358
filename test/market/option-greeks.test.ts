import assert from 'node:assert/strict';
import type { Greeks, Quote } from '../../lib/domain/market-data.ts';
import { OptionGreeks } from '../../lib/market/option-greeks.ts';
import { ManualTime } from '../broker/manual-time.ts';

const CALL = 'AAPL261218C00150000';
const PUT = 'AAPL261218P00150000';

class Source {
  readonly asked: string[][] = [];
  failing = false;

  async quotes(
    symbols: string[],
    extras?: { greeks?: boolean },
  ): Promise<{ quotes: Quote[]; unmatched: string[] }> {
    this.asked.push(symbols);
    assert.deepEqual(extras, { greeks: true });
    if (this.failing) throw new Error('out of reach');
    const quotes = symbols.map((symbol) => ({
      symbol,
      ...(symbol === PUT ? {} : { greeks: { delta: 0.5 } as Greeks }),
    }));
    return { quotes: quotes as Quote[], unmatched: [] };
  }
}

describe('greeks of options', () => {
  it('are read together, for options alone, and kept for a minute', async () => {
    const [source, time] = [new Source(), new ManualTime()];
    const greeks = new OptionGreeks(source, time);
    const found = await greeks.of(['AAPL', CALL.toLowerCase(), PUT, CALL]);
    assert.deepEqual([...found], [[CALL, { delta: 0.5 }]]);
    assert.deepEqual(source.asked, [[CALL, PUT]]);
    await time.pass(59_000);
    await greeks.of([CALL, PUT]);
    assert.equal(source.asked.length, 1);
    await time.pass(2_000);
    await greeks.of([CALL]);
    assert.deepEqual(source.asked.at(-1), [CALL]);
    assert.deepEqual([...(await greeks.of(['AAPL', 'SPY']))], []);
    assert.equal(source.asked.length, 2);
  });

  it('pass on what the broker’s read throws, and keep nothing of it', async () => {
    const source = new Source();
    const greeks = new OptionGreeks(source, new ManualTime());
    source.failing = true;
    await assert.rejects(greeks.of([CALL]), /out of reach/);
    source.failing = false;
    assert.equal((await greeks.of([CALL])).size, 1);
  });
});
