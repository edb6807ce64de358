import type { Action } from '../../domain/signal.ts';
import type { Fields } from '../fields.ts';

/** One vocabulary in which senders write alerts. A new one is a file beside this and a line in registry.ts. */
export interface Dialect {
  readonly name: string;
  /** True when the names of these fields are this dialect's. */
  recognises(fields: Fields): boolean;
  /** What the alert wants. Throws E_INPUT naming the field it cannot make sense of. */
  understand(fields: Fields, defaults: DialectDefaults): Wish;
}

export interface DialectDefaults {
  /** The book for alerts that name no strategy. */
  book: string;
}

/** What an alert wants, whoever wrote it in whatever words: a Signal without its identity and times. */
export interface Wish {
  symbol: string;
  action: Action;
  quantity?: number;
  target?: number;
  type: 'market' | 'limit';
  limitPrice?: number;
  duration: 'day' | 'gtc';
  book: string;
  strategy?: string;
  price?: number;
  stopDistance?: number;
  reason: string;
  /** Fields that were read and shown, but decide nothing. */
  information: Record<string, string | number>;
  /** Where a reading may surprise the sender, in sentences. */
  notes: string[];
}
