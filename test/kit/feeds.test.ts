import assert from 'node:assert/strict';
import { FeedRegistry, type OpenFeed } from '../../nodes/kit/feeds.ts';
import type { TokenAddress } from '../../nodes/kit/leases.ts';
import { TapeSource } from '../market/bars/tape-source.ts';

const ADDRESS: TokenAddress = { environment: 'tradier-live', restUrl: '', token: 'live-token' };

describe('kit: FeedRegistry', () => {
  let registry: FeedRegistry;
  let events: string[];
  let closing: (() => void)[];

  beforeEach(() => {
    registry = new FeedRegistry();
    events = [];
    closing = [];
  });

  const open = (): OpenFeed => {
    events.push('open');
    const source = new TapeSource(Date.UTC(2026, 2, 9, 15));
    source.watchQuotes = ((symbols: string[]) => events.push(symbols.sort().join())) as never;
    const close = () =>
      new Promise<void>((resolve) => {
        events.push('close');
        closing.push(resolve);
      });
    return Object.assign(source, { close });
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('opens a token once for all who use it, and closes it with the last', async () => {
    const one = await registry.borrow(ADDRESS, open);
    const two = await registry.borrow({ ...ADDRESS }, open);
    one.source.watchQuotes(['SPY']);
    two.source.watchQuotes(['KO']);
    await one.giveBack();
    await one.giveBack();
    assert.equal(registry.size, 1);
    const last = two.giveBack();
    await turn();
    closing.shift()?.();
    await last;
    assert.deepEqual(events, ['open', 'SPY', 'KO,SPY', 'KO', '', 'close']);
    assert.equal(registry.size, 0);
  });

  it('opens others for other tokens, environments and addresses', async () => {
    await registry.borrow(ADDRESS, open);
    await registry.borrow({ ...ADDRESS, token: 'another' }, open);
    await registry.borrow({ ...ADDRESS, environment: 'tradier-sandbox' }, open);
    await registry.borrow({ ...ADDRESS, restUrl: 'http://127.0.0.1:1/v1' }, open);
    assert.equal(registry.size, 4);
  });

  it('waits with the next of a token until the one before is gone', async () => {
    const one = await registry.borrow(ADDRESS, open);
    void one.giveBack();
    const next = registry.borrow(ADDRESS, open);
    await turn();
    assert.deepEqual(events, ['open', 'close']);
    closing.shift()?.();
    await next;
    assert.deepEqual(events, ['open', 'close', 'open']);
  });

  it('keeps nothing of one that could not be opened', async () => {
    const fail = () => {
      throw new Error('no such token');
    };
    await assert.rejects(registry.borrow(ADDRESS, fail), /no such token/);
    assert.equal(registry.size, 0);
    await registry.borrow(ADDRESS, open);
    assert.equal(registry.size, 1);
  });
});
