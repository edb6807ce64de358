import type { Fields } from '../fields.ts';
import type { Dialect, DialectDefaults, Wish } from './dialect.ts';
import { readWish } from './wish.ts';

const POSITION_SIZE = ['position_size', 'strategy.position_size'];

/**
 * The payload of the first version of this project and TradingView's strategy placeholders under their usual names,
 * nested, dotted or with underscores. It reads what no other dialect recognises.
 */
export const tradingview: Dialect = { name: 'tradingview', marks: [], recognises: () => false, understand };

function understand(fields: Fields, defaults: DialectDefaults): Wish {
  const wish = readWish(fields, defaults);
  if (fields.peek(POSITION_SIZE).length > 0) {
    wish.notes.push(
      'position_size is never used as a quantity: senders mean shares, dollars or a part of equity by it',
    );
  }
  return wish;
}
