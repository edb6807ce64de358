import { inputError, show } from '../domain/errors.ts';
import { isRecord, type JsonRecord, type JsonValue } from './json.ts';

/** One value of an alert, with its name as the sender wrote it (`strategy.order.id` for a nested one). */
export interface Field {
  name: string;
  value: JsonValue;
}

/** What TradingView renders when a value does not exist. */
const MISSING_WORDS: ReadonlySet<string> = new Set(['', 'nan', 'na', 'n/a', 'null', 'undefined']);

export function isMissing(value: JsonValue): boolean {
  return value === null || (typeof value === 'string' && MISSING_WORDS.has(value.trim().toLowerCase()));
}

/** For symbols: NA is a company, not a missing value. */
export function isEmpty(value: JsonValue): boolean {
  return value === null || (typeof value === 'string' && value.trim() === '');
}

/**
 * The values of an alert by name, however the sender wrote the name: `strategy.order.id` finds the nested field, the
 * dotted key, `strategy_order_id` and `strategyOrderId`. Remembers which names were asked for; the rest is ignored.
 */
export class Fields {
  readonly #record: JsonRecord;
  readonly #byName = new Map<string, Field[]>();
  readonly #known = new Set<string>();

  constructor(record: JsonRecord) {
    this.#record = record;
    this.#collect(record, '', '');
  }

  /** Every value given under one of these names, in their order; missing ones are left out. */
  find(names: readonly string[], missing: (value: JsonValue) => boolean = isMissing): Field[] {
    const found = this.#under(names);
    for (const field of found) this.#known.add(field.name);
    return found.filter((field) => !missing(field.value));
  }

  /** As `find`, without making the names known. */
  peek(names: readonly string[]): Field[] {
    return this.#under(names).filter((field) => !isMissing(field.value));
  }

  /** Names nobody asked for; an object of which nothing was used counts once. */
  ignored(): string[] {
    const names: string[] = [];
    const walk = (record: JsonRecord, prefix: string) => {
      for (const [key, value] of Object.entries(record)) {
        const name = prefix + key;
        if (this.#known.has(name)) continue;
        const partlyKnown = [...this.#known].some((known) => known.startsWith(`${name}.`));
        if (isRecord(value) && partlyKnown) walk(value, `${name}.`);
        else names.push(name.length > 80 ? `${name.slice(0, 79)}…` : name);
      }
    };
    walk(this.#record, '');
    return names;
  }

  #under(names: readonly string[]): Field[] {
    return [...new Set(names.map(plainName))].flatMap((name) => this.#byName.get(name) ?? []);
  }

  #collect(record: JsonRecord, prefix: string, plainPrefix: string): void {
    for (const [key, value] of Object.entries(record)) {
      const name = prefix + key;
      const plainName = plainPrefix + plain(key);
      if (isRecord(value)) {
        this.#collect(value, `${name}.`, plainName);
        continue;
      }
      const field = { name, value };
      const others = this.#byName.get(plainName);
      if (others) others.push(field);
      else this.#byName.set(plainName, [field]);
    }
  }
}

const PLAIN_NAMES = new Map<string, string>();

/** Of a name we ask for, which are few; what a sender calls its fields is not kept. */
function plainName(name: string): string {
  const known = PLAIN_NAMES.get(name);
  if (known !== undefined) return known;
  const plainly = plain(name);
  PLAIN_NAMES.set(name, plainly);
  return plainly;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** The one value all these fields agree on. Two different answers to one question are refused, not guessed. */
export function agreed<T extends string | number>(
  fields: readonly Field[],
  read: (field: Field) => T,
): { name: string; value: T } | undefined {
  const [first, ...others] = fields;
  if (!first) return undefined;
  const value = read(first);
  for (const other of others) {
    if (read(other) !== value) {
      throw inputError(other.name, other.value, `the same as ${first.name} (${show(first.value)})`);
    }
  }
  return { name: first.name, value };
}

/** One line of text. */
export function readText(field: Field, expected: string, max: number): string {
  const { value } = field;
  if (typeof value !== 'string' && typeof value !== 'number')
    throw inputError(field.name, value, `${expected}, as text`);
  const text = oneLine(String(value));
  refuseUnrendered(field, expected);
  if (text === '' || text.length > max)
    throw inputError(field.name, value, `${expected}, at most ${max} characters`);
  return text;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
/** Far beyond any order or price, and small enough that products of two such numbers stay finite. */
const LARGEST = 1e9;

/** A number, or text that is one: 100, "100" and " 100 ". */
export function readNumber(field: Field, expected: string): number {
  const { value } = field;
  refuseUnrendered(field, expected);
  const number =
    typeof value === 'number' ? value : typeof value === 'string' ? fromText(value.trim()) : Number.NaN;
  if (!Number.isFinite(number) || Math.abs(number) > LARGEST) {
    throw inputError(field.name, typeof value === 'number' ? String(value) : value, expected);
  }
  return number === 0 ? 0 : number;
}

export function readPositive(field: Field, expected: string): number {
  const number = readNumber(field, expected);
  if (number <= 0) throw inputError(field.name, field.value, expected);
  return number;
}

/** Text without control characters, which could forge lines in a log, and without halves of surrogate pairs. */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
}

function fromText(text: string): number {
  // Bounded first: the pattern takes quadratic time on very long runs of digits.
  return text.length <= 40 && NUMBER.test(text) ? Number(text) : Number.NaN;
}

/** A placeholder that TradingView left as it is: strategy placeholders render in strategy alerts only. */
function refuseUnrendered(field: Field, expected: string): void {
  if (typeof field.value !== 'string' || !field.value.includes('{{') || !field.value.includes('}}')) return;
  throw inputError(
    field.name,
    field.value,
    `${expected}; TradingView did not fill in this placeholder ({{strategy.…}} works in strategy alerts only)`,
  );
}
