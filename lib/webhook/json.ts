/** Plain JSON as an alert may hold it. Records have no prototype, so no key of theirs can reach one. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonRecord;

export interface JsonRecord {
  [key: string]: JsonValue;
}

export const JSON_LIMITS = { depth: 16, keys: 200 } as const;

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export function emptyRecord(): JsonRecord {
  return Object.create(null) as JsonRecord;
}

export function isRecord(value: JsonValue | undefined): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Why a value that JSON.parse read is not taken over. */
export class JsonLimitError extends Error {}

/** Copies what JSON.parse made into records without a prototype, within the limits. */
export function safeCopy(parsed: unknown): JsonValue {
  let keys = 0;
  const count = () => {
    keys += 1;
    if (keys > JSON_LIMITS.keys)
      throw new JsonLimitError(`at most ${JSON_LIMITS.keys} keys and list items in all`);
  };

  const copy = (value: unknown, depth: number): JsonValue => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
    if (typeof value !== 'object' || value === null) return null;
    if (depth > JSON_LIMITS.depth)
      throw new JsonLimitError(`objects nested at most ${JSON_LIMITS.depth} deep`);
    if (Array.isArray(value)) {
      return value.map((item: unknown) => {
        count();
        return copy(item, depth + 1);
      });
    }
    const record = emptyRecord();
    for (const [key, item] of Object.entries(value)) {
      count();
      if (FORBIDDEN_KEYS.has(key)) throw new JsonLimitError(`no key named ${key}`);
      record[key] = copy(item, depth + 1);
    }
    return record;
  };

  return copy(parsed, 1);
}

/** The same record with every text (keys too) passed through `change`. */
export function mapTexts(value: JsonValue, change: (text: string) => string): JsonValue {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (!isRecord(value)) return value;
  const record = emptyRecord();
  for (const [key, item] of Object.entries(value)) record[change(key)] = mapTexts(item, change);
  return record;
}
