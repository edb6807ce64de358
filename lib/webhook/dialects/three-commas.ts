import { inputError } from '../../domain/errors.ts';
import { agreed, type Fields, readNumber, readPositive, readText } from '../fields.ts';
import { isRecord, type JsonValue } from '../json.ts';
import type { Dialect, DialectDefaults, Meaning, Terms, Wish, Written } from './dialect.ts';
import { readPercent, readTerms } from './terms.ts';
import { readWish, USUAL } from './wish.ts';

const SIGNAL_MARKS = ['bot_uuid', 'tv_instrument', 'strategy_info', 'max_lag'];
const SIGNAL_WORDS = {
  ...USUAL,
  symbol: ['tv_instrument'],
  price: ['trigger_price'],
  information: [
    'bot_uuid',
    'tv_exchange',
    'strategy_info.prev_market_position',
    'strategy_info.prev_market_position_size',
  ],
  meaning: {
    action: ['action'],
    quantity: ['order.amount'],
    quantityType: ['order.currency_type'],
    marketPosition: ['strategy_info.market_position'],
    marketPositionSize: ['strategy_info.market_position_size'],
    previousPosition: ['strategy_info.prev_market_position'],
    previousPositionSize: ['strategy_info.prev_market_position_size'],
  },
  terms: { ...USUAL.terms, type: ['order.order_type'], limitPrice: ['order.price'] },
};

/** 3Commas' Signal Bot, strategy and custom type. */
export const threeCommas: Dialect = {
  name: '3commas',
  marks: SIGNAL_MARKS,
  recognises: (names) => names.has('bot_uuid') || names.has('tv_instrument'),
  understand(fields, defaults) {
    const wish = readWish(fields, defaults, SIGNAL_WORDS, { terms: signalTerms });
    const lag = agreed(fields.find(['max_lag']), (field) => readPositive(field, 'seconds above 0'));
    return lag ? { ...wish, maxAgeMs: lag.value * 1000 } : wish;
  },
};

/** Its protection stands in lists and switches of its own: the usual reading is given the rest. */
function signalTerms(fields: Fields, written: Written, notes: string[]): Terms {
  const terms = readTerms(fields, written, notes, SIGNAL_WORDS.terms);
  if (isOn(fields, 'take_profit.enabled')) {
    const [steps] = fields.find(['take_profit.steps']);
    const first: JsonValue | undefined = Array.isArray(steps?.value) ? steps.value[0] : undefined;
    const whole = !isRecord(first) || Number(first.volume_percent ?? 100) === 100;
    if (!steps || !Array.isArray(steps.value) || steps.value.length !== 1 || !isRecord(first) || !whole) {
      throw inputError('take_profit.steps', steps?.value, 'one step for the whole volume');
    }
    const value = first.price_percent ?? null;
    terms.takeProfit = { percent: readPercent({ name: 'take_profit.steps.price_percent', value }) };
    written.takeProfit = 'take_profit';
  }
  if (isOn(fields, 'stop_loss.enabled')) {
    const percent = agreed(fields.find(['stop_loss.trigger_price_percent']), readPercent);
    if (!percent) throw inputError('stop_loss.trigger_price_percent', undefined, 'a percentage above 0');
    const limited = agreed(fields.find(['stop_loss.order_type']), (field) => readText(field, 'text', 20));
    const type = limited?.value.toLowerCase() === 'limit' ? 'stop_limit' : 'stop';
    terms.stopLoss = { percent: percent.value, type };
    written.stopLoss = 'stop_loss';
  }
  return terms;
}

function isOn(fields: Fields, name: string): boolean {
  const [field] = fields.find([name]);
  if (!field || field.value === false || field.value === 'false') return false;
  if (field.value === true || field.value === 'true') return true;
  throw inputError(field.name, field.value, 'true or false');
}

const DEAL_MARKS = ['message_type', 'bot_id', 'email_token', 'delay_seconds'];

/** 3Commas' DCA bot, the old form: a pair of quote and base, and an action only to end or add to a deal. */
export const threeCommasDeal: Dialect = {
  name: '3commas-dca',
  marks: DEAL_MARKS,
  recognises: (names) => names.has('message_type') || names.has('bot_id'),
  understand(fields: Fields, defaults: DialectDefaults): Wish {
    const words = { ...USUAL, information: ['bot_id', 'message_type'] };
    refuseDelay(fields);
    return readWish(fields, defaults, words, { symbol: dealSymbol, meaning: dealMeaning });
  },
};

function refuseDelay(fields: Fields): void {
  const delay = agreed(fields.find(['delay_seconds']), (field) => readNumber(field, 'seconds'));
  if (delay && delay.value !== 0) throw inputError(delay.name, delay.value, '0: alerts are not delayed here');
}

/** `USD_AAPL`: the quote, then what is traded. */
function dealSymbol(fields: Fields): string {
  const expected = 'a pair of quote and symbol such as "USD_AAPL"';
  const pair = agreed(fields.find(['pair']), (field) => {
    const match =
      /^(?:USDT?|usdt?)_(?:[A-Za-z0-9]{1,20}:)?([A-Za-z0-9]{1,12}(?:[./-][A-Za-z0-9]{1,4})?)$/.exec(
        readText(field, expected, 40),
      );
    if (!match) throw inputError(field.name, field.value, expected);
    return (match[1] ?? '').toUpperCase().replace(/[.-]/, '/');
  });
  if (!pair) throw inputError('pair', undefined, expected);
  return pair.value;
}

function dealMeaning(fields: Fields, written: Written): Meaning {
  const action = agreed(fields.find(['action']), (field) => readText(field, 'an action', 60).toLowerCase());
  if (!action) return { action: 'buy' };
  if (action.value === 'close_at_market_price') return { action: 'close' };
  const adds = action.value === 'add_funds_in_quote' || action.value === 'add_funds_in_base';
  if (!adds) {
    const expected = 'none (a new deal), close_at_market_price, add_funds_in_quote or add_funds_in_base';
    throw inputError(action.name, action.value, expected);
  }
  const volume = agreed(fields.find(['volume']), (field) => readPositive(field, 'a volume above 0'));
  if (!volume) throw inputError('volume', undefined, `the volume of ${action.value}`);
  if (action.value === 'add_funds_in_base') return { action: 'buy', quantity: volume.value };
  written.sizing = volume.name;
  return { action: 'buy', sizing: { kind: 'cash', value: volume.value } };
}
