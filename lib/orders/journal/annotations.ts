import type { EpochMs } from '../../domain/clock.ts';
import type { Side } from '../../domain/order.ts';
import { signalSchema } from '../../domain/signal.ts';
import type { Refusal } from '../../domain/trace.ts';
import type { Annotation, FillAnnotation, SignalAnnotation } from '../annotations.ts';
import type { JournalDatabase, Row } from './database.ts';

interface Range {
  from: EpochMs;
  to: EpochMs;
}

/** Fills, and signals with what became of them, as a chart of one symbol shows them. */
export class AnnotationView {
  readonly #db: JournalDatabase;

  constructor(db: JournalDatabase) {
    this.#db = db;
  }

  /** Of from <= time < to, oldest first; of each kind the newest `most`. */
  of(symbol: string, range: Range, most = 500): Annotation[] {
    const all = [
      ...this.#fills(symbol, range, most),
      ...this.#decided(symbol, range, most),
      ...this.#turnedDown(symbol, range, most),
    ];
    return all.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  }

  #fills(symbol: string, { from, to }: Range, most: number): FillAnnotation[] {
    return this.#db
      .all(
        `SELECT order_id, cum_qty, at, side, quantity, price, book FROM fill
         WHERE symbol = :symbol AND at >= :from AND at < :to ORDER BY at DESC, rowid DESC LIMIT :most`,
        { symbol, from, to, most },
      )
      .map((row) => ({
        kind: 'fill',
        id: `fill-${row.order_id}-${row.cum_qty}`,
        at: Number(row.at),
        side: String(row.side) as Side,
        quantity: Number(row.quantity),
        price: Number(row.price),
        book: String(row.book),
      }));
  }

  /** Signals the risk gate decided about. */
  #decided(symbol: string, { from, to }: Range, most: number): SignalAnnotation[] {
    return this.#db
      .all(
        `SELECT intent_id, created_at, side, quantity, book, refusals FROM intent
         WHERE symbol = :symbol AND created_at >= :from AND created_at < :to ORDER BY created_at DESC LIMIT :most`,
        { symbol, from, to, most },
      )
      .map((row) => ({
        kind: 'signal',
        id: `intent-${row.intent_id}`,
        at: Number(row.created_at),
        action: String(row.side) as Side,
        quantity: Number(row.quantity),
        book: String(row.book),
        refusals: refusalsOf(row),
      }));
  }

  /** Alerts refused before an order was made of them. What was refused says when, in market time. */
  #turnedDown(symbol: string, { from, to }: Range, most: number): SignalAnnotation[] {
    const at = `json_extract(refusals, '$[0].at')`;
    return this.#db
      .all(
        `SELECT signal_key, signal, refusals, ${at} AS at FROM inbox
         WHERE refusals <> '[]' AND json_extract(signal, '$.symbol') = :symbol AND ${at} >= :from AND ${at} < :to
           AND NOT EXISTS (SELECT 1 FROM intent WHERE intent.signal_key = inbox.signal_key)
         ORDER BY received_at DESC LIMIT :most`,
        { symbol, from, to, most },
      )
      .map((row) => {
        const { action, quantity, target, book } = signalSchema.parse(JSON.parse(String(row.signal)));
        return {
          kind: 'signal',
          id: `signal-${row.signal_key}`,
          at: Number(row.at),
          action,
          quantity: target ?? quantity ?? null,
          book,
          refusals: refusalsOf(row),
        };
      });
  }
}

function refusalsOf(row: Row): Refusal[] {
  return JSON.parse(String(row.refusals)) as Refusal[];
}
