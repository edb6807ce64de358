import type { z } from 'zod';
import { inputError } from './errors.ts';

/**
 * What a schema makes of a value from outside. Throws E_INPUT that names the first wrong field (those of a value that lies at
 * `at` begin with that), its value and what was expected, in plain words.
 */
export function read<S extends z.ZodType>(schema: S, written: unknown, at = ''): z.output<S> {
  const parsed = schema.safeParse(written);
  if (parsed.success) return parsed.data;
  const issue: Issue = parsed.error.issues[0] ?? { path: [], message: '' };
  const path = [...issue.path, ...(issue.keys ?? []).slice(0, 1)].map(String);
  let value: unknown = written;
  for (const key of path) value = own(value, key);
  throw inputError([...(at === '' ? [] : [at]), ...path].join('.') || 'body', value, expectation(issue));
}

interface Issue {
  code?: string;
  path: PropertyKey[];
  message: string;
  /** The type that was wanted. */
  expected?: string;
  /** Fields that the schema does not know. */
  keys?: string[];
  /** The words that would have been accepted. */
  values?: unknown[];
  /** Of what there is too much or too little. */
  origin?: string;
  minimum?: number | bigint;
  maximum?: number | bigint;
  inclusive?: boolean;
}

const TYPES: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object with fields',
  record: 'an object with fields',
  null: 'null',
};

/** What would have been accepted. A schema's own words count; zod's are put into plain ones. */
function expectation(issue: Issue): string {
  const { code, keys, values, expected = '', message } = issue;
  if (keys !== undefined) return 'no field of this name';
  if (values !== undefined) return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
  if (code === 'too_small' && issue.minimum !== undefined && message.startsWith('Too small'))
    return amount(issue, Number(issue.minimum), issue.inclusive === false ? 'more than' : 'at least');
  if (code === 'too_big' && issue.maximum !== undefined && message.startsWith('Too big'))
    return amount(issue, Number(issue.maximum), issue.inclusive === false ? 'less than' : 'at most');
  if (message.startsWith('Invalid input: expected')) return TYPES[expected] ?? `a value of type ${expected}`;
  return message.startsWith('Invalid') ? 'another form' : message;
}

function amount({ origin }: Issue, limit: number, bound: string): string {
  const count = (one: string) => `${bound} ${limit} ${limit === 1 ? one : `${one}s`}`;
  if (origin === 'string') return `a text of ${count('character')}`;
  if (origin === 'array' || origin === 'set') return `a list of ${count('value')}`;
  return `a number of ${bound} ${limit}`;
}

function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}
