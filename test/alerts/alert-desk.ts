import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Firing, PriceAlert } from '../../lib/alerts/alert.ts';
import { AlertBook } from '../../lib/alerts/alert-book.ts';
import { AlertStore } from '../../lib/alerts/store.ts';
import { TraderError } from '../../lib/domain/errors.ts';
import { TapeMarket } from './tape-market.ts';

/** Price alerts on a tape, in a file of their own, with a flow that takes every firing. */
export class AlertDesk {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'alerts-'));
  readonly file = path.join(this.folder, 'alerts.db');
  readonly market: TapeMarket;
  readonly firings: Firing[] = [];
  book!: AlertBook;
  /** Writings of the disk that fail before the next one works. */
  refusing = 0;

  constructor(delayMs = 0) {
    this.market = new TapeMarket(delayMs);
    this.open();
  }

  open(): void {
    const store = new AlertStore(this.file, this.market.log);
    for (const name of ['save', 'make', 'saveAll', 'fire', 'remove', 'told'] as const) {
      const write = store[name].bind(store) as (...values: unknown[]) => void;
      store[name] = (...values: unknown[]) => {
        this.refusing -= 1;
        if (this.refusing >= 0) throw new TraderError('E_RECORD', 'the disk is full');
        write(...values);
      };
    }
    this.book = new AlertBook(store, this.market);
    this.book.start();
    this.book.deliveries.on('', (firing) => this.firings.push(firing) > 0);
  }

  async restart(): Promise<void> {
    this.book.close();
    this.open();
    await this.market.clock.advance(0);
  }

  /** Ends it for good: nothing may listen or wait any more. */
  end(): void {
    this.book.close();
    assert.equal(this.market.listeners, 0, 'nothing listens after the close');
    assert.equal(this.market.clock.timers, 0, 'nothing waits after the close');
    rmSync(this.folder, { recursive: true, force: true });
  }

  add(fields: Record<string, unknown>): PriceAlert {
    return this.book.add({ symbol: 'AAPL', ...fields });
  }

  /** One price a second. */
  async trades(...prices: number[]): Promise<void> {
    for (const price of prices) await this.market.trade(price);
  }
}
