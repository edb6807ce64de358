import { inputError } from '../../domain/errors.ts';
import { agreed, type Fields, readText } from '../fields.ts';
import type { Dialect, OrderType, Terms, Written } from './dialect.ts';
import { place, readTerms } from './terms.ts';
import { readWish, USUAL } from './wish.ts';

/** All that SignalStack has, with what an alert may carry besides in any dialect. */
const OWN = ['symbol', 'action', 'quantity', 'limit_price', 'stop_price', 'class', 'quantity_type'];
const ANYBODYS = [
  'secret',
  'id',
  'alert_id',
  'time',
  'timenow',
  'timestamp',
  'fired_at',
  'interval',
  'order_id',
  'book',
];
const ALL = new Set([...OWN, ...ANYBODYS]);

/** SignalStack: few fields; a limit price makes a limit order, a stop price a stop order. */
export const signalstack: Dialect = {
  name: 'signalstack',
  marks: ['class', 'symbol', 'quantity'],
  recognises: (names) =>
    names.has('symbol') &&
    names.has('action') &&
    names.has('quantity') &&
    [...names].every((name) => ALL.has(name)),
  understand(fields, defaults) {
    const kind = agreed(fields.find(['class']), (field) => readText(field, 'stock', 20).toLowerCase());
    if (kind && !['stock', 'equity', 'etf'].includes(kind.value))
      throw inputError(kind.name, kind.value, 'stock: others are not traded here');
    return readWish(fields, defaults, USUAL, { terms });
  },
};

function terms(fields: Fields, written: Written, notes: string[]): Terms {
  const limit = fields.peek(['limit_price'])[0];
  const stop = fields.peek(['stop_price'])[0];
  const type: OrderType = limit && stop ? 'stop_limit' : limit ? 'limit' : stop ? 'stop' : 'market';
  const rest = readTerms(fields, written, notes, { ...USUAL.terms, limitPrice: [], stopPrice: [] });
  const name = stop?.name ?? limit?.name;
  if (name !== undefined) written.type = name;
  return { ...rest, ...place(type, fields, USUAL.terms, written, notes) };
}
