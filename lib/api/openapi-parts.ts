import { z } from 'zod';

export type Json = Record<string, unknown>;

/** A schema's fields as parameters of a path or an address. */
export function parametersOf(schema: z.ZodObject | undefined, place: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, one]) => {
    const { description, ...rest } = one as Json;
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description === undefined ? {} : { description }),
      // Lists stand in one parameter, separated by commas.
      ...(rest.type === 'array' ? { style: 'form', explode: false } : {}),
      schema: rest,
    };
  });
}

/** A body of JSON. */
export function json(schema: Json): Json {
  return { 'application/json': { schema } };
}

/** A schema without the address of its dialect. */
export function plain(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
