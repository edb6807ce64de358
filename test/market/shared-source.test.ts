import assert from 'node:assert/strict';
import { SharedSource } from '../../lib/market/shared-source.ts';
import { TapeSource } from './bars/tape-source.ts';

describe('SharedSource', () => {
  it('watches the symbols of all borrowers together, and those of nobody no longer', () => {
    const source = new TapeSource(Date.UTC(2026, 2, 9, 15));
    const watched: string[][] = [];
    source.watchQuotes = ((symbols: string[]) => watched.push([...symbols].sort())) as never;
    const shared = new SharedSource(source);
    const [one, two] = [shared.lend(), shared.lend()];
    one.watchQuotes(['SPY', 'QQQ']);
    two.watchQuotes(['SPY', 'F']);
    one.watchQuotes(['QQQ']);
    two.release();
    two.watchQuotes(['KO']);
    shared.close();
    assert.deepEqual(watched, [['QQQ', 'SPY'], ['F', 'QQQ', 'SPY'], ['F', 'QQQ', 'SPY'], ['QQQ'], []]);
    assert.equal(source.streamStates.size, 0);
  });

  it("tells a late borrower how the stream is, and never of another account's own stream", async () => {
    const source = new TapeSource(Date.UTC(2026, 2, 9, 15));
    const shared = new SharedSource(source);
    source.streamStates.emit({ stream: 'market', state: 'open', gap: true, reason: 'connected' });
    source.streamStates.emit({ stream: 'account', state: 'down', gap: false, reason: 'closed' });
    const heard: string[] = [];
    const borrowed = shared.lend();
    const leave = borrowed.streamStates.on(({ stream, state, gap }) =>
      heard.push(`${stream} ${state} ${gap}`),
    );
    source.streamStates.emit({ stream: 'account', state: 'open', gap: false, reason: '' });
    source.streamStates.emit({ stream: 'market', state: 'down', gap: false, reason: '' });
    leave();
    source.streamStates.emit({ stream: 'market', state: 'open', gap: true, reason: '' });
    assert.deepEqual(heard, ['market open false', 'market down false']);
    assert.equal((await borrowed.quotes(['KO'])).quotes[0]?.symbol, 'KO');
    assert.equal((await borrowed.history('KO', 'daily', '2026-03-02', '2026-03-06')).length, 5);
    assert.equal(borrowed.environment, source.environment);
  });
});
