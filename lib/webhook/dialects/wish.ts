import { inputError } from '../../domain/errors.ts';
import { symbolSchema } from '../../domain/symbol.ts';
import { agreed, type Field, type Fields, isEmpty, oneLine, readPositive, readText } from '../fields.ts';
import type { DialectDefaults, Meaning, Terms, Wish, Written } from './dialect.ts';
import { type MeaningNames, readMeaning, USUAL_MEANING } from './meaning.ts';
import { readTerms, type TermNames, USUAL_TERMS } from './terms.ts';

/** Under which names a dialect writes what every alert says. */
export interface Vocabulary {
  symbol: readonly string[];
  price: readonly string[];
  strategy: readonly string[];
  reason: readonly string[];
  information: readonly string[];
  meaning: MeaningNames;
  terms: TermNames;
}

/** TradingView's placeholders under their usual names, and the payload of the first version of this project. */
export const USUAL: Vocabulary = {
  symbol: ['ticker', 'symbol'],
  price: ['price', 'strategy.order.price'],
  strategy: ['strategy', 'strategy.name'],
  reason: ['alert_name', 'message', 'comment', 'strategy.order.comment', 'strategy.order.alert_message'],
  information: [
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
  ],
  meaning: USUAL_MEANING,
  terms: USUAL_TERMS,
};

/** What a dialect reads in its own way; the rest is read by its vocabulary. */
export interface OwnReading {
  meaning?: (fields: Fields, written: Written, notes: string[]) => Meaning;
  terms?: (fields: Fields, written: Written, notes: string[]) => Terms;
  symbol?: (fields: Fields) => string;
}

/** Reads an alert by a vocabulary. */
export function readWish(
  fields: Fields,
  defaults: DialectDefaults,
  words: Vocabulary = USUAL,
  own: OwnReading = {},
): Wish {
  const notes: string[] = [];
  const written: Written = {};
  const symbol = own.symbol?.(fields) ?? readSymbol(fields, words.symbol);
  const meaning = own.meaning?.(fields, written, notes) ?? readMeaning(fields, written, notes, words.meaning);
  const terms = own.terms?.(fields, written, notes) ?? readTerms(fields, written, notes, words.terms);
  const strategy = agreed(fields.find(words.strategy), (field) =>
    slug(field, 'the name of a strategy'),
  )?.value;
  const book = agreed(fields.find(['book']), (field) => slug(field, 'the name of a book'))?.value;
  const price = readPrice(fields, words.price, notes);
  return {
    symbol,
    ...meaning,
    ...terms,
    book: book ?? strategy ?? defaults.book,
    ...(strategy === undefined ? {} : { strategy }),
    ...(price === undefined ? {} : { price }),
    reason: readReason(fields, words.reason),
    written,
    information: readInformation(fields, words.information),
    notes,
  };
}

const EXPECTED_SYMBOL = 'a stock or ETF symbol such as "AAPL", "NASDAQ:AAPL" or "BRK.B"';

function readSymbol(fields: Fields, names: readonly string[]): string {
  const symbol = agreed(fields.find(names, isEmpty), (field) => {
    const parsed = symbolSchema.safeParse(
      readText(field, EXPECTED_SYMBOL, 40).replace(/^[A-Za-z0-9_]{1,20}:/, ''),
    );
    if (!parsed.success) throw inputError(field.name, field.value, EXPECTED_SYMBOL);
    return parsed.data;
  });
  if (!symbol) throw inputError(names[0] ?? 'ticker', undefined, EXPECTED_SYMBOL);
  return symbol.value;
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
function readPrice(fields: Fields, names: readonly string[], notes: string[]): number | undefined {
  for (const field of fields.find(names)) {
    try {
      return readPositive(field, 'a price above 0');
    } catch {
      notes.push(`${field.name} is not a price above 0, so the alert's price is not compared`);
    }
  }
  return undefined;
}

const LONGEST_REASON = 512;

function readReason(fields: Fields, names: readonly string[]): string {
  const parts = fields
    .find(names)
    .filter((field) => typeof field.value === 'string' || typeof field.value === 'number')
    .map((field) => oneLine(String(field.value)))
    .filter((part) => part !== '');
  const reason = [...new Set(parts)].join(': ');
  return reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON - 1).toWellFormed()}…` : reason;
}

function readInformation(fields: Fields, names: readonly string[]): Record<string, string | number> {
  const information: Record<string, string | number> = {};
  for (const { name, value } of fields.find(names)) {
    if (typeof value === 'number') information[name] = value;
    else if (typeof value === 'string') information[name] = oneLine(value.slice(0, 80));
  }
  return information;
}
