import { inputError } from '../../domain/errors.ts';
import { agreed, type Fields } from '../fields.ts';
import { readAction } from './actions.ts';
import type { Dialect, Meaning, Written } from './dialect.ts';
import { readMeaning, readSize, USUAL_MEANING } from './meaning.ts';
import { readWish, USUAL } from './wish.ts';

/** As TradersPost writes them, in camel case: `order_type` is anybody's. */
const MARKS = [
  'sentiment',
  'quantityType',
  'orderType',
  'limitPrice',
  'stopPrice',
  'signalPrice',
  'takeProfit',
  'stopLoss',
  'trailAmount',
  'trailPercent',
  'timeInForce',
  'extendedHours',
];
const WORDS = {
  ...USUAL,
  price: ['price', 'signal_price', 'strategy.order.price'],
  terms: {
    ...USUAL.terms,
    type: ['orderType'],
    limitPrice: ['limitPrice'],
    stopPrice: ['stopPrice'],
    duration: ['timeInForce', 'duration', 'tif'],
  },
};

/** TradersPost: `action` says what is done, `sentiment` what the position is afterwards. */
export const traderspost: Dialect = {
  name: 'traderspost',
  marks: MARKS,
  recognises: (names) => names.has('ticker') && names.has('action') && MARKS.some((name) => names.has(name)),
  understand: (fields, defaults) => readWish(fields, defaults, WORDS, { meaning }),
};

const SENTIMENTS: Readonly<Record<string, 'long' | 'short' | 'flat'>> = {
  bullish: 'long',
  long: 'long',
  bearish: 'short',
  short: 'short',
  flat: 'flat',
};

function meaning(fields: Fields, written: Written, notes: string[]): Meaning {
  refuseOtherActions(fields);
  const sentiment = agreed(fields.find(['sentiment']), (field) => {
    const word = String(field.value).trim().toLowerCase();
    const found = Object.hasOwn(SENTIMENTS, word) ? SENTIMENTS[word] : undefined;
    if (!found) throw inputError(field.name, field.value, 'bullish, long, bearish, short or flat');
    return found;
  });
  if (!sentiment) return readMeaning(fields, written, notes);
  const action = agreed(fields.find(USUAL_MEANING.action), readAction);
  if (sentiment.value === 'flat' || action?.value === 'close') {
    const { action: _action, ...rest } = readMeaning(fields, written, notes, {
      ...USUAL_MEANING,
      marketPosition: [],
      marketPositionSize: [],
    });
    if (rest.sizing) return { action: 'close', sizing: rest.sizing };
    if (rest.quantity !== undefined) notes.push('sentiment flat takes the whole position of the book');
    return { action: 'close' };
  }
  const size = readSize(fields, written, USUAL_MEANING);
  if (action?.value === 'buy') return { action: sentiment.value === 'long' ? 'buy' : 'cover', ...size };
  if (action?.value === 'sell') return { action: sentiment.value === 'long' ? 'sell' : 'short', ...size };
  throw inputError('action', action?.value, `buy, sell or exit beside ${sentiment.name}`);
}

function refuseOtherActions(fields: Fields): void {
  for (const { name, value } of fields.peek(['action'])) {
    const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
    if (word === 'add' || word === 'cancel' || word === 'breakeven')
      throw inputError(name, value, 'buy, sell or exit; orders at work are not changed by an alert');
  }
}
