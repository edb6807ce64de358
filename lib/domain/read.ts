import type { z } from 'zod';
import { inputError } from './errors.ts';

/** What a schema makes of a value from outside. Throws E_INPUT that names the first wrong field, its value and what was expected. */
export function read<S extends z.ZodType>(schema: S, written: unknown): z.output<S> {
  const parsed = schema.safeParse(written);
  if (parsed.success) return parsed.data;
  const issue: Issue = parsed.error.issues[0] ?? { path: [], message: '' };
  const path = [...issue.path, ...(issue.keys ?? []).slice(0, 1)].map(String);
  let value: unknown = written;
  for (const key of path) value = own(value, key);
  throw inputError(path.join('.') || 'body', value, expectation(issue));
}

interface Issue {
  path: PropertyKey[];
  message: string;
  /** Fields that the schema does not know. */
  keys?: string[];
  /** The words that would have been accepted. */
  values?: unknown[];
}

function expectation({ message, keys, values }: Issue): string {
  if (keys !== undefined) return 'no such field';
  if (values !== undefined) return `one of ${values.join(', ')}`;
  return message.replace(/^Invalid input: expected (\w+).*$/, 'a value of type $1');
}

function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}
