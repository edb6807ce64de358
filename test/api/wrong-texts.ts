import assert from 'node:assert/strict';

/** What a generated OpenAPI document says of a value. */
export interface Schema {
  type?: string;
  enum?: unknown[];
  pattern?: string | undefined;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  anyOf?: Schema[];
  additionalProperties?: boolean;
}

/** What people, programs and attackers write. A parameter takes some of these; its schema tells which it must not. */
const WRITTEN = [
  ...['', ' ', '\u0000', 'a\u0000b', 'a\u202eb', '%', '%ff', '?', 'no such!', 'no symbol', 'ünit'],
  ...['<script>', '<b>', "'; DROP TABLE alert; --", "1' OR 1=1", '../../etc/passwd', '..%2f', '{}', '[]'],
  ...['toString', 'constructor', '__proto__', 'null', 'undefined', 'true', 'soon', 'all', 'many', 'bond'],
  ...['0', '-1', '1.5', '7', '501', '1e3', '1e9', 'NaN', 'Infinity', '0x10', ' 5', '+5', '1767366000000'],
  ...[
    'AA\nPL',
    'A..B',
    'A:B:C',
    '\u202e',
    '..',
    '2D',
    '1m1',
    '1h',
    'x'.repeat(41),
    'x'.repeat(65),
    'A'.repeat(500),
    '9'.repeat(40),
  ],
  Array.from({ length: 101 }, (_, n) => `A${n}`).join(','),
];

/** As text of an address only texts arrive: what is wrong there. */
export function wrongTexts(schema: Schema): string[] {
  const { type, minimum = 0, maximum = 1e9, maxLength, items, maxItems } = schema;
  if (type === 'integer' || type === 'number') {
    const whole = type === 'integer' ? ['1.5'] : [];
    return [
      ...['x', '', '1e3', 'NaN', '0x10', ' 5', ...whole],
      ...[String(minimum - 1), String(maximum + 1)],
    ];
  }
  if (type === 'array') {
    const many =
      maxItems === undefined ? [] : [Array.from({ length: maxItems + 1 }, (_, n) => `S${n}`).join(',')];
    const hostile = ['', ',,', '<script>', 'A'.repeat(100), '\u0000', '%'];
    // Between commas an empty one is none, and one with a comma is two.
    const single = wrongTexts(items ?? {}).filter((text) => text.trim() !== '' && !text.includes(','));
    return [...hostile, ...many, ...single];
  }
  const long = maxLength === undefined ? [] : ['x'.repeat(maxLength + 1)];
  return [...WRITTEN, ...long].filter((text) => !fits(schema, text));
}

function fits(
  { enum: words, pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY }: Schema,
  text: string,
) {
  if (words) return words.includes(text);
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(text)) return false;
  return text.length >= minLength && text.length <= maxLength;
}

/** Those of the texts that do not have the shape a schema asks for. */
export function misshapen({ pattern }: Pick<Schema, 'pattern'>, texts: string[]): string[] {
  if (pattern === undefined) return [];
  const found = texts.filter((text) => !new RegExp(pattern, 'u').test(text));
  assert.ok(found.length > 0, `everything has the shape ${pattern}`);
  return found;
}
