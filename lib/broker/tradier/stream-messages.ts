import { z } from 'zod';
import type { Trade } from '../../domain/market-data.ts';
import type { OrderEvent, QuoteUpdate } from '../port.ts';
import { decimalOrNull, decimalOrZero, identity, isRecord, word, wordOrEmpty } from './codec.ts';

/** What one object of a stream says. Shapes: docs.tradier.com; stream numbers may be strings. */
export type StreamMessage =
  | { kind: 'quote'; quote: QuoteUpdate }
  | { kind: 'trade'; trade: Trade }
  | { kind: 'order'; event: OrderEvent; account: string }
  | { kind: 'error'; text: string }
  /** Proof of life without content: a heartbeat, a summary, a print without a price. */
  | { kind: 'nothing' }
  | { kind: 'malformed' };

const quote = z.object({
  symbol: word,
  bid: decimalOrNull,
  bidsz: decimalOrZero,
  biddate: decimalOrZero,
  ask: decimalOrNull,
  asksz: decimalOrZero,
  askdate: decimalOrZero,
});

const trade = z.object({
  symbol: word,
  exch: wordOrEmpty,
  price: decimalOrNull,
  size: decimalOrZero,
  cvol: decimalOrZero,
  date: decimalOrZero,
});

const order = z.object({
  id: identity,
  status: word,
  // Which of the two names is on the wire is not settled between the sources; either is read.
  exec_quantity: decimalOrNull,
  executed_quantity: decimalOrNull,
  remaining_quantity: decimalOrZero,
  avg_fill_price: decimalOrNull,
  transaction_date: z.string().optional(),
  account: wordOrEmpty,
});

const MALFORMED: StreamMessage = { kind: 'malformed' };
const NOTHING: StreamMessage = { kind: 'nothing' };

/** Never throws: one unreadable message must not end a stream. */
export function decodeStreamMessage(json: unknown): StreamMessage {
  if (!isRecord(json)) return MALFORMED;
  if (json.error !== undefined) return { kind: 'error', text: String(json.error) };
  if (json.type === 'quote') return quoteMessage(json);
  if (json.type === 'trade' || json.type === 'tradex') return tradeMessage(json);
  if (json.event === 'order') return orderMessage(json);
  return typeof json.type === 'string' || typeof json.event === 'string' ? NOTHING : MALFORMED;
}

function quoteMessage(json: unknown): StreamMessage {
  const row = quote.safeParse(json);
  if (!row.success) return MALFORMED;
  const { symbol, bid, bidsz, biddate, ask, asksz, askdate } = row.data;
  return {
    kind: 'quote',
    quote: {
      symbol,
      bid: bid || null,
      ask: ask || null,
      bidSize: bidsz,
      askSize: asksz,
      bidTime: biddate,
      askTime: askdate,
    },
  };
}

function tradeMessage(json: unknown): StreamMessage {
  const row = trade.safeParse(json);
  if (!row.success) return MALFORMED;
  const { symbol, exch, price, size, cvol, date } = row.data;
  // Prints of size 0 or without a price are seen in the wild; they are no trades.
  if (price === null || price <= 0 || size <= 0) return NOTHING;
  return {
    kind: 'trade',
    trade: { symbol, time: date, price, size, exchange: exch, cumulativeVolume: cvol },
  };
}

function orderMessage(json: unknown): StreamMessage {
  const row = order.safeParse(json);
  if (!row.success) return MALFORMED;
  const { id, status, exec_quantity, executed_quantity, remaining_quantity, avg_fill_price } = row.data;
  const at = Date.parse(row.data.transaction_date ?? '');
  return {
    kind: 'order',
    account: row.data.account,
    event: {
      id,
      status,
      execQuantity: exec_quantity ?? executed_quantity ?? 0,
      remainingQuantity: remaining_quantity,
      avgFillPrice: avg_fill_price,
      updatedAt: Number.isFinite(at) ? at : 0,
    },
  };
}
