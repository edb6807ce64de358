import { inputError } from '../../domain/errors.ts';
import { agreed, type Field, type Fields, readNumber, readPositive } from '../fields.ts';
import { readAction } from './actions.ts';
import type { Dialect, Meaning, OrderType, Terms, Written } from './dialect.ts';
import { readMeaning, readSize } from './meaning.ts';
import { place, readTerms } from './terms.ts';
import { readWish, USUAL, type Vocabulary } from './wish.ts';

/** The dialects of alerts that are text. Which one it is, the way it is written tells; see the syntaxes. */
const byForm = { marks: [], recognises: () => false };

const PAIRS: Vocabulary = {
  ...USUAL,
  meaning: {
    ...USUAL.meaning,
    action: [...USUAL.meaning.action, 'signal'],
    quantity: [...USUAL.meaning.quantity, 'volume', 'amount', 'size'],
  },
};

/** `key=value`, one a line or several, in the words of TradingView's alerts and those of OctoBot. */
export const pairs: Dialect = {
  ...byForm,
  name: 'key=value',
  understand: (fields, defaults) => readWish(fields, defaults, PAIRS),
};

/** `buy 10 AAPL`: taken apart by its syntax into the usual fields. */
export const words: Dialect = {
  ...byForm,
  name: 'words',
  understand: (fields, defaults) => readWish(fields, defaults),
};

/** A PineConnector command: what is done, and with which order. */
const COMMANDS: Readonly<Record<string, [Meaning['action'], OrderType]>> = {
  buy: ['buy', 'market'],
  long: ['buy', 'market'],
  bull: ['buy', 'market'],
  bullish: ['buy', 'market'],
  sell: ['sell', 'market'],
  short: ['short', 'market'],
  bear: ['short', 'market'],
  bearish: ['short', 'market'],
  buystop: ['buy', 'stop'],
  buylimit: ['buy', 'limit'],
  sellstop: ['sell', 'stop'],
  selllimit: ['sell', 'limit'],
  closelong: ['close', 'market'],
  closeshort: ['cover', 'market'],
  closeall: ['close', 'market'],
};
const PENDING = { ...USUAL.terms, limitPrice: ['price'], stopPrice: ['price'] };

/** `LicenseID,command,symbol,key=value,…`. */
export const pineconnector: Dialect = {
  ...byForm,
  name: 'pineconnector',
  understand(fields, defaults) {
    const command = agreed(fields.find(['command']), readCommand);
    const [action, type] = COMMANDS[command?.value ?? ''] ?? ['close', 'market'];
    const vocabulary = { ...USUAL, symbol: ['symbol'], price: type === 'market' ? ['price'] : [] };
    refuseUnclearUnits(fields);
    return readWish(fields, defaults, vocabulary, {
      meaning: (_fields, written) => pineMeaning(action, fields, written),
      terms: (_fields, written, notes) => pineTerms(type, command?.name, fields, written, notes),
    });
  },
};

function pineMeaning(action: Meaning['action'], fields: Fields, written: Written): Meaning {
  if (action === 'close') return { action };
  const dollars = agreed(fields.find(['vol_dollar']), (field) => readPositive(field, 'dollars above 0'));
  if (dollars) {
    written.sizing = dollars.name;
    return { action, sizing: { kind: 'cash', value: dollars.value } };
  }
  return { action, ...readSize(fields, written, USUAL.meaning) };
}

function pineTerms(
  type: OrderType,
  command: string | undefined,
  fields: Fields,
  written: Written,
  notes: string[],
): Terms {
  const rest = readTerms(fields, written, notes);
  if (type === 'market') return rest;
  const { type: _type, ...kept } = rest;
  const placing = place(
    type,
    fields,
    type === 'limit' ? { ...PENDING, stopPrice: [] } : { ...PENDING, limitPrice: [] },
    written,
    notes,
  );
  if (command !== undefined) written.type = command;
  return { ...kept, ...placing };
}

function readCommand(field: Field): string {
  const word = String(field.value).trim().toLowerCase();
  if (!Object.hasOwn(COMMANDS, word)) {
    throw inputError(field.name, field.value, `one of ${Object.keys(COMMANDS).join(', ')}`);
  }
  return word;
}

/** Pips, dollars or a price: which one, a setting at the sender's end decides, and we cannot see it. */
function refuseUnclearUnits(fields: Fields): void {
  for (const [names, expected] of [
    [['sl'], 'sl_price or sl_pct: the unit of sl is a setting that is not in the alert'],
    [['risk'], 'quantity or vol_dollar: the unit of risk is a setting that is not in the alert'],
    [['tp'], 'tp_price or tp_pct: the unit of tp is a setting that is not in the alert'],
    [['sl_pips', 'tp_pips', 'vol_lots'], 'prices, percent and shares: stocks have no pips and no lots'],
  ] as const) {
    const [field] = fields.peek(names);
    if (field) throw inputError(field.name, field.value, expected);
  }
}

/** `Name(SYMBOL) { market(side=buy, amount=10); }`, one command an alert. */
export const alertatron: Dialect = {
  ...byForm,
  name: 'alertatron',
  understand: (fields, defaults) =>
    readWish(
      fields,
      defaults,
      { ...USUAL, symbol: ['symbol'], price: [] },
      {
        meaning: tronMeaning,
        terms: (_fields, written, notes) => tronTerms(fields, written, notes),
      },
    ),
};

const TRON_SIZE = { ...USUAL.meaning, action: ['side'], quantity: ['amount'], quantityType: [] };

function tronMeaning(fields: Fields, written: Written, notes: string[]): Meaning {
  readTronCommand(fields);
  const position = agreed(fields.find(['position']), (field) =>
    readNumber(field, 'the position wanted: a number of shares, negative for short, 0 for flat'),
  );
  const side = agreed(fields.find(['side']), readAction);
  if (position) {
    if (side) notes.push('position is the position wanted; side and amount are not used');
    fields.find(['amount']);
    return { action: 'target', target: position.value };
  }
  const [amount] = fields.peek(['amount']);
  if (amount && typeof amount.value === 'string') {
    const part = /^([\d.]+)\s*%\s*p$/i.exec(amount.value);
    if (part && side) {
      written.sizing = amount.name;
      const value = readPositive({ name: amount.name, value: part[1] ?? '' }, 'a percentage');
      return { action: side.value, sizing: { kind: 'percent_of_position', value } };
    }
  }
  return readMeaning(fields, written, notes, TRON_SIZE);
}

function tronTerms(fields: Fields, written: Written, notes: string[]): Terms {
  const command = readTronCommand(fields);
  const [offset] = fields.find(['offset']);
  const price = typeof offset?.value === 'string' ? /^@([\d.]+)$/.exec(offset.value.trim()) : null;
  if (offset && !price && command?.value !== 'market')
    throw inputError(offset.name, offset.value, 'a price such as @150.25: offsets are not worked out here');
  const rest = readTerms(fields, written, notes);
  if (command?.value === undefined || command.value === 'market') return rest;
  written.type = command.name;
  const at = price ? readPositive({ name: 'offset', value: price[1] ?? '' }, 'a price above 0') : undefined;
  written.limitPrice = 'offset';
  written.stopPrice = 'offset';
  if (command.value === 'limit')
    return { ...rest, type: 'limit', ...(at === undefined ? {} : { limitPrice: at }) };
  return { ...rest, type: 'stop', ...(at === undefined ? {} : { stopPrice: at }) };
}

function readTronCommand(fields: Fields) {
  return agreed(fields.find(['command']), (field) => {
    const word = String(field.value).toLowerCase();
    if (word === 'market' || word === 'limit') return word;
    if (word === 'stopmarket' || word === 'stoporder') return 'stop';
    throw inputError(field.name, field.value, 'one market(…), limit(…) or stopOrder(…)');
  });
}
