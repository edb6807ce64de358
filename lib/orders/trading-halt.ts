import type { Clock } from '../domain/clock.ts';
import type { HaltState } from '../domain/portfolio.ts';
import type { Journal } from './journal/journal.ts';

export interface TradingHaltParts {
  journal: Journal;
  clock: Clock;
  /** False once the journal failed: what cannot be read counts as halted. */
  isReadable: () => boolean;
  changed: () => void;
  log: (level: 'warn' | 'error', message: string) => void;
}

/** Whether the account may trade, and who changed that why: durable, and by the account itself only towards safety. */
export class TradingHalt {
  readonly #parts: TradingHaltParts;

  constructor(parts: TradingHaltParts) {
    this.#parts = parts;
  }

  /** With the reason of a state that is not `active`. */
  read(): { state: HaltState; reason: string } {
    const { journal, isReadable } = this.#parts;
    const unread = { state: 'halted', reason: 'the journal cannot be read' } as const;
    if (!isReadable() || !journal.db.isOpen) return unread;
    try {
      const { state, reason } = journal.latch.read();
      return { state, reason: state === 'active' ? '' : reason };
    } catch {
      return unread;
    }
  }

  set(state: HaltState, reason: string, by: string): void {
    const { journal, clock, changed, log } = this.#parts;
    journal.latch.set(state, reason, by, clock.wall.now());
    log('warn', `trading is now ${state}, set by ${by}: ${reason}`);
    changed();
  }

  /** Something is in doubt: only exits from here on. */
  reduce(reason: string): void {
    this.#parts.log('error', `only exits from here on: ${reason}`);
    if (!this.#parts.journal.db.isOpen || this.read().state !== 'active') return;
    this.set('reducing', reason, 'account');
  }

  /** Something that must never be: nothing from here on, also while the account is closing. */
  alarm(reason: string): void {
    this.#parts.log('error', `trading halted: ${reason}`);
    if (!this.#parts.journal.db.isOpen || this.read().state === 'halted') return;
    this.set('halted', reason, 'account');
  }
}
