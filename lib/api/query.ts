import { z } from 'zod';
import { inputError } from '../domain/errors.ts';

type Kind = 'number' | 'list' | 'text';

/**
 * The parameters of an address as the schema wants them: numbers and lists are told from texts by the schema itself.
 * Throws E_INPUT for a parameter that stands there twice, is no number where one is wanted, or an empty list.
 */
export function readQuery(schema: z.ZodObject, written: URLSearchParams): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of new Set(written.keys())) {
    const [text = '', ...more] = written.getAll(name);
    if (more.length > 0) throw inputError(name, [text, ...more], 'one value');
    found[name] = readValue(name, text, kindOf(schema, name));
  }
  return found;
}

function readValue(name: string, text: string, kind: Kind): unknown {
  if (kind === 'list') {
    const parts = text.split(',').flatMap((part) => part.trim() || []);
    if (parts.length === 0) throw inputError(name, text, `at least one of ${name}, separated by commas`);
    return parts;
  }
  if (kind === 'text') return text;
  if (!/^-?\d{1,15}(?:\.\d{1,15})?$/.test(text)) throw inputError(name, text, 'a number');
  return Number(text);
}

const KINDS = new WeakMap<z.ZodObject, Map<string, Kind>>();

function kindOf(schema: z.ZodObject, name: string): Kind {
  let kinds = KINDS.get(schema);
  if (kinds === undefined) {
    const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
    kinds = new Map(
      Object.entries(properties).map(([key, one]) => {
        const type = typeof one === 'object' ? one.type : undefined;
        return [key, type === 'integer' || type === 'number' ? 'number' : type === 'array' ? 'list' : 'text'];
      }),
    );
    KINDS.set(schema, kinds);
  }
  return kinds.get(name) ?? 'text';
}
