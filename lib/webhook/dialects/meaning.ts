import { inputError } from '../../domain/errors.ts';
import type { Sizing } from '../../domain/signal.ts';
import { agreed, type Field, type Fields, readNumber, readPositive } from '../fields.ts';
import { EXPECTED_ACTION, readAction } from './actions.ts';
import type { Meaning, Written } from './dialect.ts';
import { readPercent } from './terms.ts';

/** Under which names a dialect writes what it wants of the position. */
export interface MeaningNames {
  action: readonly string[];
  quantity: readonly string[];
  quantityType: readonly string[];
  marketPosition: readonly string[];
  marketPositionSize: readonly string[];
  previousPosition: readonly string[];
  previousPositionSize: readonly string[];
}

export const USUAL_MEANING: MeaningNames = {
  action: ['action', 'side', 'order_action', 'strategy.order.action'],
  quantity: ['contracts', 'quantity', 'qty', 'shares', 'order_contracts', 'strategy.order.contracts'],
  quantityType: ['quantity_type', 'qty_type'],
  marketPosition: ['market_position', 'strategy.market_position'],
  marketPositionSize: ['market_position_size', 'strategy.market_position_size'],
  previousPosition: ['prev_market_position', 'strategy.prev_market_position'],
  previousPositionSize: ['prev_market_position_size', 'strategy.prev_market_position_size'],
};

const TARGET = ['target', 'target_position'];

const EXPECTED_QUANTITY = 'a number of shares above 0, such as 100 or "100"';
const EXPECTED_SIZE = 'the size of the position: a number of shares, 0 when flat';

/** A target position goes before the action: sent twice or out of order it still means the same. */
export function readMeaning(
  fields: Fields,
  written: Written,
  notes: string[],
  names: MeaningNames = USUAL_MEANING,
): Meaning {
  const action = agreed(fields.find(names.action), readAction);
  const target = readMarketPosition(fields, action?.name, notes, names);
  if (target !== undefined) {
    if (action) notes.push(`the target position is used; ${action.name} "${action.value}" is not`);
    noteUnusedQuantity(fields, names, 'the difference to the target position decides the quantity', notes);
    const previous = readPrevious(fields, notes, names);
    return { action: 'target', target, ...(previous === undefined ? {} : { previous }) };
  }
  if (!action) throw inputError(names.action[0] ?? 'action', undefined, EXPECTED_ACTION);
  if (action.value === 'target') return { action: 'target', target: readTarget(fields) };
  if (action.value === 'close') return readClose(fields, written, notes, names);
  return { action: action.value, ...readSize(fields, written, names) };
}

/** Part of a position is not the whole of it: only a quantity in shares, which templates always send, is passed over. */
function readClose(fields: Fields, written: Written, notes: string[], names: MeaningNames): Meaning {
  if (fields.peek(names.quantityType).length > 0) {
    const { sizing } = readSize(fields, written, names);
    if (sizing?.kind === 'percent_of_position' && sizing.value < 100) return { action: 'close', sizing };
  }
  noteUnusedQuantity(fields, names, 'a close takes the whole position of the book', notes);
  return { action: 'close' };
}

const SIZE_WORDS: Readonly<Record<string, Sizing['kind']>> = {
  fixed: 'shares',
  fixedquantity: 'shares',
  shares: 'shares',
  contracts: 'shares',
  units: 'shares',
  base: 'shares',
  dollaramount: 'cash',
  dollars: 'cash',
  cash: 'cash',
  usd: 'cash',
  quote: 'cash',
  percentofequity: 'percent_equity',
  percentequity: 'percent_equity',
  riskpercent: 'risk_percent',
  percentofposition: 'percent_of_position',
};

/** How much: shares, or a size in another measure. 10 % read as 10 shares would be an expensive guess. */
export function readSize(
  fields: Fields,
  written: Written,
  names: MeaningNames,
): Pick<Meaning, 'quantity' | 'sizing'> {
  const kind = agreed(fields.find(names.quantityType), readSizeWord);
  const given = fields.find(names.quantity);
  if (kind && kind.value !== 'shares') {
    const value = agreed(given, (field) =>
      kind.value === 'cash' ? readPositive(field, 'dollars above 0') : readPercent(field),
    );
    if (!value) throw inputError(names.quantity[0] ?? 'quantity', undefined, `a number beside ${kind.name}`);
    written.sizing = kind.name;
    return { sizing: { kind: kind.value, value: value.value } };
  }
  const [percent] = given.filter(({ value }) => typeof value === 'string' && /^[\d.\s]+%$/.test(value));
  if (percent && !kind && given.length === 1) {
    written.sizing = percent.name;
    return { sizing: { kind: 'percent_equity', value: readPercent(percent) } };
  }
  const quantity = agreed(given, (field) => readPositive(field, EXPECTED_QUANTITY));
  return quantity ? { quantity: quantity.value } : {};
}

function readSizeWord(field: Field): Sizing['kind'] {
  const word = String(field.value)
    .toLowerCase()
    .replace(/[^a-z]/g, '');
  const kind = Object.hasOwn(SIZE_WORDS, word) ? SIZE_WORDS[word] : undefined;
  if (!kind)
    throw inputError(field.name, field.value, 'shares; other units are set in the position-size node');
  return kind;
}

/** Signed; undefined when the alert leaves the decision to its action. */
function readMarketPosition(
  fields: Fields,
  actionName: string | undefined,
  notes: string[],
  names: MeaningNames,
): number | undefined {
  const side = agreed(fields.find(names.marketPosition), readSide);
  const size = agreed(fields.find(names.marketPositionSize), readPositionSize);
  if (!side) {
    if (size) notes.push(`${size.name} is not used without market_position`);
    return undefined;
  }
  if (side.value === 'flat') {
    if (size && size.value !== 0) throw inputError(size.name, size.value, `0, because ${side.name} is flat`);
    return 0;
  }
  if (!size) {
    if (actionName === undefined) throw inputError('market_position_size', undefined, EXPECTED_SIZE);
    notes.push(`${side.name} came without market_position_size, so ${actionName} decides`);
    return undefined;
  }
  if (size.value === 0) {
    throw inputError(
      size.name,
      size.value,
      `a number of shares above 0, because ${side.name} is ${side.value}`,
    );
  }
  return side.value === 'long' ? size.value : -size.value;
}

/**
 * Signed; tells which of two alerts of one moment came first. It decides nothing else, so that one which cannot be read
 * does not stop the alert.
 */
function readPrevious(fields: Fields, notes: string[], names: MeaningNames): number | undefined {
  const given = fields.find(names.previousPosition);
  try {
    const side = agreed(given, readSide);
    const size = agreed(fields.find(names.previousPositionSize), readPositionSize);
    if (!side || (side.value !== 'flat' && !size)) return undefined;
    if (side.value === 'flat') return 0;
    return side.value === 'long' ? size?.value : -(size?.value ?? 0);
  } catch {
    notes.push(`${given[0]?.name ?? 'the position before'} cannot be read and is not used`);
    return undefined;
  }
}

function readSide(field: Field): 'long' | 'flat' | 'short' {
  const word = typeof field.value === 'string' ? field.value.trim().toLowerCase() : '';
  if (word === 'long' || word === 'flat' || word === 'short') return word;
  throw inputError(field.name, field.value, 'long, flat or short');
}

function readPositionSize(field: Field): number {
  const size = readNumber(field, EXPECTED_SIZE);
  if (size < 0) throw inputError(field.name, field.value, EXPECTED_SIZE);
  return size;
}

function readTarget(fields: Fields): number {
  const expected = 'the position wanted: a number of shares, negative for short, 0 for flat';
  const target = agreed(fields.find(TARGET), (field) => readNumber(field, expected));
  if (!target) throw inputError('target', undefined, expected);
  return target.value;
}

function noteUnusedQuantity(fields: Fields, names: MeaningNames, because: string, notes: string[]): void {
  fields.find(names.quantityType);
  const [unused] = fields.find(names.quantity);
  if (unused) notes.push(`${unused.name} is not used: ${because}`);
}
