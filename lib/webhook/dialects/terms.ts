import { inputError } from '../../domain/errors.ts';
import { agreed, type Field, type Fields, readPositive } from '../fields.ts';

/** How the order is to be placed. */
export interface Terms {
  type: 'market' | 'limit';
  limitPrice?: number;
  duration: 'day' | 'gtc';
  stopDistance?: number;
}

const ORDER_TYPE = ['order_type', 'strategy.order.type'];
const LIMIT_PRICE = ['limit_price'];
const DURATION = ['duration', 'time_in_force', 'tif'];
const EXPECTED_TYPE = 'market or limit';

/** Terms that cannot be kept are refused: an order of another kind than the sender asked for is no favour. */
export function readTerms(fields: Fields, notes: string[]): Terms {
  const duration = agreed(fields.find(DURATION), readDuration)?.value ?? 'day';
  const stopDistance = agreed(fields.find(['stop_distance']), (field) =>
    readPositive(field, 'the distance from entry to stop in dollars a share, above 0'),
  )?.value;
  return {
    ...readType(fields, notes),
    duration,
    ...(stopDistance === undefined ? {} : { stopDistance }),
  };
}

function readType(fields: Fields, notes: string[]): Pick<Terms, 'type' | 'limitPrice'> {
  const type = agreed([...fields.find(ORDER_TYPE), ...bareType(fields)], readTypeWord);
  const [limit] = fields.peek(LIMIT_PRICE);
  if (type?.value === 'limit') {
    const price = agreed(fields.find(LIMIT_PRICE), (field) =>
      readPositive(field, 'the limit price in dollars, above 0'),
    );
    if (!price)
      throw inputError('limit_price', undefined, 'the limit price of a limit order; price is information');
    return { type: 'limit', limitPrice: price.value };
  }
  if (limit && !type) throw inputError('order_type', undefined, `"limit" or "market" beside ${limit.name}`);
  if (limit) notes.push(`${limit.name} is not used by a market order`);
  return { type: 'market' };
}

const TYPE_WORDS: ReadonlySet<string> = new Set([
  'market',
  'limit',
  'stop',
  'stopmarket',
  'stoplimit',
  'trailing',
  'trailingstop',
  'mkt',
  'lmt',
]);

/** Many templates use `type` for something else ("entry", "alert"); it counts when it is a word for an order. */
function bareType(fields: Fields): Field[] {
  const isTypeWord = (field: Field) => TYPE_WORDS.has(word(field));
  return fields.peek(['type']).some(isTypeWord) ? fields.find(['type']) : [];
}

function readTypeWord(field: Field): 'market' | 'limit' {
  const type = word(field);
  if (type === 'market' || type === 'mkt') return 'market';
  if (type === 'limit' || type === 'lmt') return 'limit';
  throw inputError(field.name, field.value, EXPECTED_TYPE);
}

function readDuration(field: Field): 'day' | 'gtc' {
  const duration = word(field);
  if (duration === 'day' || duration === 'gtc') return duration;
  throw inputError(field.name, field.value, 'day or gtc');
}

function word(field: Field): string {
  return typeof field.value === 'string' ? field.value.toLowerCase().replace(/[^a-z]/g, '') : '';
}
