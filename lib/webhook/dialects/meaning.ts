import { inputError } from '../../domain/errors.ts';
import type { Action } from '../../domain/signal.ts';
import { agreed, type Field, type Fields, readNumber, readPositive } from '../fields.ts';
import { EXPECTED_ACTION, readAction } from './actions.ts';

/** What is wanted of the position: an action with a quantity, or the position itself. */
export interface Meaning {
  action: Action;
  quantity?: number;
  target?: number;
}

const ACTION = ['action', 'side', 'order_action', 'strategy.order.action'];
const QUANTITY = ['contracts', 'quantity', 'qty', 'shares', 'order_contracts', 'strategy.order.contracts'];
const QUANTITY_TYPE = ['quantity_type', 'qty_type'];
const TARGET = ['target', 'target_position'];
const MARKET_POSITION = ['market_position', 'strategy.market_position'];
const MARKET_POSITION_SIZE = ['market_position_size', 'strategy.market_position_size'];

const EXPECTED_QUANTITY = 'a number of shares above 0, such as 100 or "100"';
const EXPECTED_SIZE = 'the size of the position: a number of shares, 0 when flat';

/** A target position goes before the action: sent twice or out of order it still means the same. */
export function readMeaning(fields: Fields, notes: string[]): Meaning {
  const action = agreed(fields.find(ACTION), readAction);
  const target = readMarketPosition(fields, action?.name, notes);
  if (target !== undefined) {
    if (action) notes.push(`the target position is used; ${action.name} "${action.value}" is not`);
    noteUnusedQuantity(fields, 'the difference to the target position decides the quantity', notes);
    return { action: 'target', target };
  }
  if (!action) throw inputError('action', undefined, EXPECTED_ACTION);
  if (action.value === 'target') return { action: 'target', target: readTarget(fields) };
  if (action.value === 'close') {
    noteUnusedQuantity(fields, 'a close takes the whole position of the book', notes);
    return { action: 'close' };
  }
  refuseOtherUnits(fields);
  const quantity = agreed(fields.find(QUANTITY), (field) => readPositive(field, EXPECTED_QUANTITY));
  return quantity ? { action: action.value, quantity: quantity.value } : { action: action.value };
}

/** Signed; undefined when the alert leaves the decision to its action. */
function readMarketPosition(
  fields: Fields,
  actionName: string | undefined,
  notes: string[],
): number | undefined {
  const side = agreed(fields.find(MARKET_POSITION), readSide);
  const size = agreed(fields.find(MARKET_POSITION_SIZE), readSize);
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

function readSide(field: Field): 'long' | 'flat' | 'short' {
  const word = typeof field.value === 'string' ? field.value.trim().toLowerCase() : '';
  if (word === 'long' || word === 'flat' || word === 'short') return word;
  throw inputError(field.name, field.value, 'long, flat or short');
}

function readSize(field: Field): number {
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

/** 10 % read as 10 shares would be an expensive guess. */
function refuseOtherUnits(fields: Fields): void {
  for (const field of fields.find(QUANTITY_TYPE)) {
    const word = String(field.value)
      .toLowerCase()
      .replace(/[^a-z]/g, '');
    if (!['fixed', 'fixedquantity', 'shares', 'contracts', 'units'].includes(word)) {
      throw inputError(field.name, field.value, 'shares; other units are set in the position-size node');
    }
  }
}

function noteUnusedQuantity(fields: Fields, because: string, notes: string[]): void {
  const [unused] = fields.find(QUANTITY);
  if (unused) notes.push(`${unused.name} is not used: ${because}`);
}
