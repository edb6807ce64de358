import { inputError } from '../../domain/errors.ts';
import { agreed, type Field, type Fields, readNumber } from '../fields.ts';
import type { Dialect, Meaning, OrderType, Terms, Written } from './dialect.ts';
import { readMeaning } from './meaning.ts';
import { place, readTerms } from './terms.ts';
import { readWish, USUAL } from './wish.ts';

const MARKS = ['apikey', 'pricetype', 'disclosed_quantity', 'product'];
const TYPES: Readonly<Record<string, OrderType>> = {
  MARKET: 'market',
  LIMIT: 'limit',
  SL: 'stop_limit',
  'SL-M': 'stop',
};
const TERMS = { ...USUAL.terms, type: [], limitPrice: ['price'], stopPrice: ['trigger_price'] };
const WORDS = {
  ...USUAL,
  symbol: ['symbol'],
  price: [],
  information: ['exchange', 'product', 'interval', 'time'],
};

/** OpenAlgo's placeorder and placesmartorder; the latter's `position_size` is the position wanted. */
export const openalgo: Dialect = {
  name: 'openalgo',
  marks: MARKS,
  recognises: (names) => MARKS.some((name) => names.has(name)),
  understand: (fields, defaults) => readWish(fields, defaults, WORDS, { meaning, terms }),
};

function meaning(fields: Fields, written: Written, notes: string[]): Meaning {
  const usual = readMeaning(fields, written, notes);
  const position = agreed(fields.find(['position_size']), (field) =>
    readNumber(field, 'the position wanted: a number of shares, negative for short, 0 for flat'),
  );
  if (!position) return usual;
  notes.push(`${position.name} is the position wanted; action and quantity are not used`);
  return { action: 'target', target: position.value };
}

function terms(fields: Fields, written: Written, notes: string[]): Terms {
  const disclosed = agreed(fields.find(['disclosed_quantity']), (field) => readNumber(field, '0'));
  if (disclosed && disclosed.value !== 0)
    throw inputError(disclosed.name, disclosed.value, '0: there are no hidden quantities here');
  if (fields.peek(['product']).some(({ value }) => String(value).toUpperCase() === 'MIS')) {
    notes.push('product MIS: nothing is squared off by itself at the end of the day here');
  }
  const usual = readTerms(fields, written, notes, { ...TERMS, limitPrice: [], stopPrice: [] });
  const type = agreed(fields.find(['pricetype']), readPriceType);
  if (type) written.type = type.name;
  const { type: _type, ...rest } = usual;
  const quiet: string[] = [];
  return { ...rest, ...place(type?.value ?? 'market', fields, TERMS, written, quiet) };
}

function readPriceType(field: Field): OrderType {
  const word = String(field.value).trim().toUpperCase();
  const type = Object.hasOwn(TYPES, word) ? TYPES[word] : undefined;
  if (!type) throw inputError(field.name, field.value, 'MARKET, LIMIT, SL or SL-M');
  return type;
}
