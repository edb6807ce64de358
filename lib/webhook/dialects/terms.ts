import { inputError } from '../../domain/errors.ts';
import { type Duration, durationSchema } from '../../domain/order.ts';
import type { StopLoss, TakeProfit } from '../../domain/signal.ts';
import { agreed, type Field, type Fields, readNumber, readPositive } from '../fields.ts';
import type { OrderType, Terms, Written } from './dialect.ts';

/** Under which names a dialect writes the terms of an order; the first is the one to advise. */
export interface TermNames {
  type: readonly string[];
  limitPrice: readonly string[];
  stopPrice: readonly string[];
  duration: readonly string[];
}

export const USUAL_TERMS: TermNames = {
  type: ['order_type', 'strategy.order.type'],
  limitPrice: ['limit_price'],
  stopPrice: ['stop_price'],
  duration: ['duration', 'time_in_force', 'tif'],
};

const TAKE_PROFIT = ['take_profit', 'take_profit.price', 'take_profit.limit_price', 'tp', 'tp_price'];
const TAKE_PROFIT_PERCENT = ['take_profit.percent', 'tp_percent', 'tp_pct'];
const TAKE_PROFIT_ATR = ['take_profit.atr', 'tp_atr'];
const STOP_LOSS = ['stop_loss', 'stop_loss.price', 'stop_loss.stop_price', 'sl', 'sl_price'];
const STOP_LOSS_PERCENT = ['stop_loss.percent', 'sl_percent', 'sl_pct'];
const STOP_LOSS_ATR = ['stop_loss.atr', 'sl_atr'];
const STOP_LOSS_LIMIT = ['stop_loss.limit_price'];
const STOP_LOSS_TYPE = ['stop_loss.type'];
const TRAIL_AMOUNT = ['trail_amount', 'stop_loss.trail_amount'];
const TRAIL_PERCENT = ['trail_percent', 'stop_loss.trail_percent'];
const TRAIL_ATR = ['trail_atr'];
/** Read by nobody yet; an order without them would be another order. */
const NOT_TAKEN = ['take_profit.amount', 'stop_loss.amount', 'breakeven_offset', 'option_type'];
/** Switches that mean nothing while they are off. */
const SWITCHES = ['extended_hours', 'reduce_only', 'cancel'];

/** The terms of an order and what protects it. What cannot be kept is refused later, in one place. */
export function readTerms(
  fields: Fields,
  written: Written,
  notes: string[],
  names: TermNames = USUAL_TERMS,
): Terms {
  refuseNotTaken(fields);
  const duration = agreed(fields.find(names.duration), readDuration)?.value ?? 'day';
  const stopDistance = agreed(fields.find(['stop_distance']), (field) =>
    readPositive(field, 'the distance from entry to stop in dollars a share, above 0'),
  )?.value;
  return {
    ...readType(fields, names, written, notes),
    duration,
    ...(stopDistance === undefined ? {} : { stopDistance }),
    ...readProtection(fields, written),
  };
}

type Placing = Pick<Terms, 'type' | 'limitPrice' | 'stopPrice' | 'trail'>;

function readType(fields: Fields, names: TermNames, written: Written, notes: string[]): Placing {
  const type = agreed([...fields.find(names.type), ...bareType(fields)], readTypeWord);
  const [limit] = fields.peek(names.limitPrice);
  const [stop] = fields.peek(names.stopPrice);
  const unexplained = limit ?? stop;
  if (unexplained && !type) {
    throw inputError(names.type[0] ?? 'order_type', undefined, `an order type beside ${unexplained.name}`);
  }
  if (!type) return { type: 'market', ...readTrail(fields, written) };
  written.type = type.name;
  return place(type.value, fields, names, written, notes);
}

/** Reads the prices that an order of this type has. */
export function place(
  type: OrderType,
  fields: Fields,
  names: TermNames,
  written: Written,
  notes: string[],
): Placing {
  const placing: Placing = { type };
  if (type === 'limit' || type === 'stop_limit') {
    const price = agreed(fields.find(names.limitPrice), (field) =>
      readPositive(field, 'the limit price in dollars, above 0'),
    );
    if (price) placing.limitPrice = price.value;
    written.limitPrice = price?.name ?? names.limitPrice[0] ?? 'limit_price';
  } else {
    const [limit] = fields.peek(names.limitPrice);
    if (limit) notes.push(`${limit.name} is not used by a ${type} order`);
  }
  if (type === 'stop' || type === 'stop_limit') {
    const price = agreed(fields.find(names.stopPrice), (field) =>
      readPositive(field, 'the stop price in dollars, above 0'),
    );
    if (price) placing.stopPrice = price.value;
    written.stopPrice = price?.name ?? names.stopPrice[0] ?? 'stop_price';
  } else {
    const [stop] = fields.peek(names.stopPrice);
    if (stop) notes.push(`${stop.name} is not used by a ${type} order`);
  }
  return { ...placing, ...readTrail(fields, written) };
}

/** After what cannot be done was refused: an order has the prices of its type. */
export function refuseIncomplete(terms: Terms, written: Written): void {
  const limited = terms.type === 'limit' || terms.type === 'stop_limit';
  if (limited && terms.limitPrice === undefined) {
    const expected = `the limit price of a ${terms.type} order; price is information`;
    throw inputError(written.limitPrice ?? 'limit_price', undefined, expected);
  }
  if ((terms.type === 'stop' || terms.type === 'stop_limit') && terms.stopPrice === undefined) {
    throw inputError(written.stopPrice ?? 'stop_price', undefined, `the stop price of a ${terms.type} order`);
  }
  if ((terms.duration === 'pre' || terms.duration === 'post') && terms.type !== 'limit')
    throw inputError(
      written.duration ?? 'duration',
      terms.duration,
      'a limit order; no other works in extended hours',
    );
  if (terms.type === 'trailing_stop' && terms.trail === undefined)
    throw inputError('trail_amount', undefined, 'how far the stop trails, in dollars or percent');
}

function readTrail(fields: Fields, written: Written): Pick<Terms, 'trail'> {
  const amount = agreed(fields.find(TRAIL_AMOUNT), (field) =>
    readPositive(field, 'dollars a share, above 0'),
  );
  const percent = agreed(fields.find(TRAIL_PERCENT), readPercent);
  const atr = agreed(fields.find(TRAIL_ATR), readMultiple);
  const [first, second] = [amount, percent, atr].filter((one) => one !== undefined);
  if (!first) return {};
  if (second) throw inputError(second.name, second.value, `either ${first.name} or ${second.name}`);
  written.trail = first.name;
  if (amount) return { trail: { amount: amount.value } };
  return { trail: percent ? { percent: percent.value } : { atr: first.value } };
}

function readProtection(fields: Fields, written: Written): Pick<Terms, 'takeProfit' | 'stopLoss'> {
  const profit = readLevel(fields, TAKE_PROFIT, TAKE_PROFIT_PERCENT, TAKE_PROFIT_ATR);
  const loss = readLevel(fields, STOP_LOSS, STOP_LOSS_PERCENT, STOP_LOSS_ATR);
  const limit = agreed(fields.find(STOP_LOSS_LIMIT), (field) =>
    readPositive(field, 'the limit price of the stop loss in dollars, above 0'),
  );
  const type = agreed(fields.find(STOP_LOSS_TYPE), (field) => {
    const read = readTypeWord(field);
    if (read === 'stop' || read === 'stop_limit' || read === 'trailing_stop') return read;
    throw inputError(field.name, field.value, 'stop, stop_limit or trailing_stop');
  });
  const trailing = fields.peek([...TRAIL_AMOUNT, ...TRAIL_PERCENT, ...TRAIL_ATR]).length > 0;
  const beside = limit ?? (type?.value === 'trailing_stop' && trailing ? undefined : type);
  if (beside && !loss) throw inputError('stop_loss', undefined, `a price or percent beside ${beside.name}`);
  if (limit && type && type.value !== 'stop_limit') {
    throw inputError(limit.name, limit.value, `nothing beside a stop loss of type ${type.value}`);
  }
  const terms: { takeProfit?: TakeProfit; stopLoss?: StopLoss } = {};
  if (profit) {
    terms.takeProfit = profit.level;
    written.takeProfit = profit.name;
  }
  if (loss) {
    terms.stopLoss = {
      ...loss.level,
      ...(limit ? { limitPrice: limit.value } : {}),
      ...(type ? { type: type.value } : {}),
    };
    written.stopLoss = loss.name;
  }
  return terms;
}

/** A price; a percentage under its own name, or as text such as "5%"; or a multiple of the ATR. */
function readLevel(
  fields: Fields,
  prices: readonly string[],
  percents: readonly string[],
  multiples: readonly string[],
) {
  const given = fields.find(prices);
  const isPercent = (field: Field) => typeof field.value === 'string' && /%\s*$/.test(field.value);
  const price = agreed(
    given.filter((field) => !isPercent(field)),
    (field) => readPositive(field, 'a price in dollars above 0, or a percentage such as "5%"'),
  );
  const percent = agreed([...given.filter(isPercent), ...fields.find(percents)], readPercent);
  const atr = agreed(fields.find(multiples), readMultiple);
  const [first, second] = [price, percent, atr].filter((one) => one !== undefined);
  if (!first) return undefined;
  if (second) throw inputError(second.name, second.value, `either ${first.name} or ${second.name}`);
  const { name, value } = first;
  return { name, level: price ? { price: value } : percent ? { percent: value } : { atr: value } };
}

function readMultiple(field: Field): number {
  return readPositive(field, 'a multiple of the average true range, above 0');
}

export function readPercent(field: Field): number {
  const value = typeof field.value === 'string' ? field.value.trim().replace(/\s*%$/, '') : field.value;
  const percent = readNumber({ name: field.name, value }, 'a percentage above 0 and up to 100');
  if (percent <= 0 || percent > 100)
    throw inputError(field.name, field.value, 'a percentage above 0 and up to 100');
  return percent;
}

function refuseNotTaken(fields: Fields): void {
  const [field] = fields.peek(NOT_TAKEN);
  if (field) throw inputError(field.name, field.value, 'an alert without it: it cannot be carried out yet');
  for (const { name, value } of fields.find(SWITCHES)) {
    const on = typeof value === 'string' ? !/^(?:false|no|0|off)$/i.test(value.trim()) : value !== false;
    if (on && value !== 0) throw inputError(name, value, 'false: it cannot be carried out yet');
  }
}

const TYPE_WORDS: Readonly<Record<string, OrderType>> = {
  market: 'market',
  mkt: 'market',
  limit: 'limit',
  lmt: 'limit',
  stop: 'stop',
  stopmarket: 'stop',
  stoplimit: 'stop_limit',
  trailing: 'trailing_stop',
  trailingstop: 'trailing_stop',
};

/** Many templates use `type` for something else ("entry", "alert"); it counts when it is a word for an order. */
function bareType(fields: Fields): Field[] {
  const isTypeWord = (field: Field) => Object.hasOwn(TYPE_WORDS, word(field));
  return fields.peek(['type']).some(isTypeWord) ? fields.find(['type']) : [];
}

export function readTypeWord(field: Field): OrderType {
  const type = Object.hasOwn(TYPE_WORDS, word(field)) ? TYPE_WORDS[word(field)] : undefined;
  if (!type) throw inputError(field.name, field.value, 'market, limit, stop, stop_limit or trailing_stop');
  return type;
}

function readDuration(field: Field): Duration {
  const duration = durationSchema.safeParse(word(field));
  if (duration.success) return duration.data;
  throw inputError(field.name, field.value, 'day, gtc, pre or post');
}

function word(field: Field): string {
  return typeof field.value === 'string' ? field.value.toLowerCase().replace(/[^a-z]/g, '') : '';
}
