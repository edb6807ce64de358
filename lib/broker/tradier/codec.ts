import { z } from 'zod';

/**
 * The quirks of Tradier's JSON in one place (docs.tradier.com). It is translated from XML: a list of one
 * is a bare object, an empty list is the string "null" (accounts) or null (markets), numbers may be long decimals or
 * strings, and a price that does not exist is null, absent, "" or "NaN". Unknown keys are ignored.
 */

const ABSENT: ReadonlySet<unknown> = new Set([undefined, null, '', 'null', 'NaN']);

/** A finite number; null when Tradier has none; undefined when it is something else. */
function numberOf(value: unknown): number | null | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return value === null || value === undefined ? null : undefined;
  const text = value.trim();
  if (ABSENT.has(text)) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** A number that must be there. */
export const decimal = z.unknown().transform((value, context): number => {
  const number = numberOf(value);
  if (number !== null && number !== undefined) return number;
  context.addIssue({ code: 'custom', message: 'expected a number' });
  return z.NEVER;
});

/** A number that may be missing in any of Tradier's ways. */
export const decimalOrNull = z
  .unknown()
  .optional()
  .transform((value, context): number | null => {
    const number = numberOf(value);
    if (number !== undefined) return number;
    context.addIssue({ code: 'custom', message: 'expected a number or nothing' });
    return z.NEVER;
  });

/** A count or sum that is zero when missing. */
export const decimalOrZero = decimalOrNull.transform((value) => value ?? 0);

/** An order or position id: a positive whole number that a double holds exactly. */
export const identity = z.unknown().transform((value, context): number => {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number > 0) return number;
  context.addIssue({ code: 'custom', message: 'expected an id' });
  return z.NEVER;
});

/** Text that must be there and not be empty. */
export const word = z.string().trim().min(1);

/** Text that may be missing; then ''. */
export const wordOrEmpty = z
  .unknown()
  .optional()
  .transform((value) => (ABSENT.has(value) ? '' : String(value)));

/** ISO 8601 with a zone, as epoch ms; null when missing or empty. */
export const isoDateOrNull = z
  .unknown()
  .optional()
  .transform((value, context): number | null => {
    if (ABSENT.has(value)) return null;
    const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
    if (Number.isFinite(at)) return at;
    context.addIssue({ code: 'custom', message: 'expected an ISO date' });
    return z.NEVER;
  });

/** `YYYY-MM-DD`. */
export const day = z.iso.date('expected YYYY-MM-DD');

/** Zero, one or many: always an array here. */
export function many<T extends z.ZodType>(item: T) {
  return z.preprocess(
    (value) => (ABSENT.has(value) ? [] : Array.isArray(value) ? value : [value]),
    z.array(item),
  );
}

/**
 * The wrapper of a list, `{ "order": … }`, which is itself "null" or null when the list is empty. Anything else is
 * malformed: a reply that merely lacks the list must not pass for an empty one.
 */
export function listOf<T extends z.ZodType>(key: string, item: T) {
  return z
    .unknown()
    .transform((value, context): unknown => {
      if (value !== undefined && ABSENT.has(value)) return [];
      if (isRecord(value) && value[key] !== undefined) return value[key];
      context.addIssue({ code: 'custom', message: `expected a list of ${key}` });
      return z.NEVER;
    })
    .pipe(many(item));
}

/** A whole reply, `{ "orders": … }`: its content under the one key that must be there. */
export function reply<T extends z.ZodType>(key: string, content: T) {
  return z
    .unknown()
    .transform((value, context): unknown => {
      if (isRecord(value) && value[key] !== undefined) return value[key];
      context.addIssue({ code: 'custom', message: `expected ${key}` });
      return z.NEVER;
    })
    .pipe(content);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The texts inside an `errors` document: `{ "error": "…" | ["…"] }`, or a bare text. */
export const errorTexts = z
  .preprocess(
    (value) => (typeof value === 'object' && value !== null && 'error' in value ? value.error : value),
    many(z.unknown()),
  )
  .transform((items) =>
    items.map((item) => (typeof item === 'string' ? item : (JSON.stringify(item) ?? ''))),
  );

/** A gateway fault, `{ "fault": { "faultstring", "detail": { "errorcode" } } }`. */
export const faultReply = z.object({
  fault: z.object({
    faultstring: wordOrEmpty,
    detail: z.object({ errorcode: wordOrEmpty }).optional().catch(undefined),
  }),
});

/** The first thing that is wrong with a reply, for people. */
export function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'unreadable' : `${issue.path.join('.') || 'reply'}: ${issue.message}`;
}
