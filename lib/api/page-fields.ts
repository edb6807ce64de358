/** What of JSON Schema the shapes of this API are made of. */
export interface Schema {
  type?: string | string[];
  description?: string;
  deprecated?: boolean;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  maxItems?: number;
  anyOf?: Schema[];
}

/** One field as a person reads it. */
export interface Field {
  name: string;
  /** How many objects it lies in. */
  depth: number;
  required: boolean;
  deprecated: boolean;
  /** Its type, or the words it may be. */
  kind: string;
  meaning: string;
  /** Bounds, what it is when left out, and what it means; in sentences. */
  words: string;
}

/** The fields of an object, of a list of objects, or of what may be one of these; each with its own below it. */
export function fieldsOf(schema: Schema, depth = 0): Field[] {
  const { properties = {}, required = [] } = objectIn(schema) ?? {};
  return Object.entries(properties).flatMap(([name, one]) => [
    fieldOf(name, one, { required: required.includes(name), depth }),
    ...fieldsOf(one, depth + 1),
  ]);
}

/** The same of an answer: nothing is left out of it, and what nobody has to write has no bounds. */
export function answeredFields(schema: Schema): Field[] {
  return fieldsOf(schema).map((one) => ({
    ...one,
    required: false,
    words: one.meaning === '' ? '' : sentence(one.meaning),
  }));
}

export function fieldOf(name: string, schema: Schema, { required = false, depth = 0 } = {}): Field {
  const { description = '', deprecated = false } = schema;
  const words = [bounds(schema), usual(schema), description].filter(Boolean).map(sentence).join(' ');
  return { name, depth, required, deprecated, kind: kindOf(schema), meaning: description, words };
}

function objectIn(schema: Schema): Schema | undefined {
  if (schema.properties) return schema;
  if (schema.items) return objectIn(schema.items);
  return schema.anyOf?.map(objectIn).find((one) => one !== undefined);
}

function kindOf(schema: Schema): string {
  return [...new Set(kindsOf(schema))].join(' | ');
}

function kindsOf(schema: Schema): string[] {
  const { type, anyOf, items, additionalProperties: more } = schema;
  if (anyOf) return anyOf.flatMap(kindsOf);
  if ('const' in schema) return [String(schema.const)];
  if (schema.enum) return schema.enum.map(String);
  if (type === 'array') return [items?.enum ? `list of: ${kindOf(items)}` : `list of ${kindOf(items ?? {})}`];
  if (type === 'object' && typeof more === 'object') return [`object of ${kindOf(more)}`];
  return [type ?? 'any'].flat();
}

function bounds({ minimum, maximum, maxLength, maxItems }: Schema): string {
  if (minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER)
    return `${minimum} to ${maximum}`;
  if (maxItems !== undefined) return `At most ${maxItems}`;
  // A short text is bounded by what it is.
  return maxLength !== undefined && maxLength >= 100 ? `At most ${maxLength} characters` : '';
}

function usual({ default: value }: Schema): string {
  if (value === undefined || value === null || value === '') return '';
  return Array.isArray(value) && value.length === 0 ? '' : `Default ${JSON.stringify(value)}`;
}

function sentence(words: string): string {
  return /[.:!?]$/.test(words) ? words : `${words}.`;
}
