import { inputError } from '../../domain/errors.ts';
import { symbolSchema } from '../../domain/symbol.ts';
import { agreed, type Field, type Fields, isEmpty, oneLine, readPositive, readText } from '../fields.ts';
import type { Dialect, DialectDefaults, Wish } from './dialect.ts';
import { readMeaning } from './meaning.ts';
import { readTerms } from './terms.ts';

const SYMBOL = ['ticker', 'symbol'];
const PRICE = ['price', 'strategy.order.price'];
const STRATEGY = ['strategy', 'strategy.name'];
const REASON = ['alert_name', 'message', 'comment', 'strategy.order.comment', 'strategy.order.alert_message'];
const INFORMATION = [
  'exchange',
  'interval',
  'time',
  'bar.time',
  'strategy.version',
  'strategy.signal_type',
  'strategy.prev_market_position',
  'strategy.prev_market_position_size',
  'prev_market_position',
  'prev_market_position_size',
];
const POSITION_SIZE = ['position_size', 'strategy.position_size'];

/**
 * The payload of the first version of this project and TradingView's strategy placeholders under their usual names,
 * nested, dotted or with underscores.
 */
export const tradingview: Dialect = { name: 'tradingview', recognises: () => true, understand };

function understand(fields: Fields, defaults: DialectDefaults): Wish {
  const notes: string[] = [];
  const symbol = readSymbol(fields);
  const meaning = readMeaning(fields, notes);
  const terms = readTerms(fields, notes);
  const strategy = readStrategy(fields);
  const book = agreed(fields.find(['book']), (field) => slug(field, 'the name of a book'))?.value;
  const price = readPrice(fields, notes);
  if (fields.peek(POSITION_SIZE).length > 0) {
    notes.push(
      'position_size is never used as a quantity: senders mean shares, dollars or a part of equity by it',
    );
  }
  return {
    symbol,
    ...meaning,
    ...terms,
    book: book ?? strategy ?? defaults.book,
    ...(strategy === undefined ? {} : { strategy }),
    ...(price === undefined ? {} : { price }),
    reason: readReason(fields),
    information: readInformation(fields),
    notes,
  };
}

const EXPECTED_SYMBOL = 'a stock or ETF symbol such as "AAPL", "NASDAQ:AAPL" or "BRK.B"';

function readSymbol(fields: Fields): string {
  const symbol = agreed(fields.find(SYMBOL, isEmpty), (field) => {
    const parsed = symbolSchema.safeParse(
      readText(field, EXPECTED_SYMBOL, 40).replace(/^[A-Za-z0-9_]{1,20}:/, ''),
    );
    if (!parsed.success) throw inputError(field.name, field.value, EXPECTED_SYMBOL);
    return parsed.data;
  });
  if (!symbol) throw inputError('ticker', undefined, EXPECTED_SYMBOL);
  return symbol.value;
}

function readStrategy(fields: Fields): string | undefined {
  return agreed(fields.find(STRATEGY), (field) => slug(field, 'the name of a strategy'))?.value;
}

/** Names of strategies and books as one word: "Mean Reversion" and "mean_reversion" are one book. */
function slug(field: Field, expected: string): string {
  const name = readText(field, expected, 64)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
  // `external` is where the account keeps what it did not order itself.
  if (name === '' || name === 'external')
    throw inputError(field.name, field.value, `${expected}, not "external"`);
  return name;
}

/** The price the sender saw is information: one that cannot be read is left out, it does not stop the alert. */
function readPrice(fields: Fields, notes: string[]): number | undefined {
  for (const field of fields.find(PRICE)) {
    try {
      return readPositive(field, 'a price above 0');
    } catch {
      notes.push(`${field.name} is not a price above 0, so the alert's price is not compared`);
    }
  }
  return undefined;
}

const LONGEST_REASON = 512;

function readReason(fields: Fields): string {
  const parts = fields
    .find(REASON)
    .filter((field) => typeof field.value === 'string' || typeof field.value === 'number')
    .map((field) => oneLine(String(field.value)))
    .filter((part) => part !== '');
  const reason = [...new Set(parts)].join(': ');
  return reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON - 1).toWellFormed()}…` : reason;
}

function readInformation(fields: Fields): Record<string, string | number> {
  const information: Record<string, string | number> = {};
  for (const { name, value } of fields.find(INFORMATION)) {
    if (typeof value === 'number') information[name] = value;
    else if (typeof value === 'string') information[name] = oneLine(value.slice(0, 80));
  }
  return information;
}
