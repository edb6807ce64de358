import { type ErrorCode, show, TraderError } from '../domain/errors.ts';

/** An answer before it is written to a socket. */
export interface UdfAnswer {
  status: number;
  type: 'json' | 'text';
  body: Buffer;
  /** How long the same question has the same answer, elapsed ms; 0: asked anew each time. */
  keptMs: number;
}

const TYPES = { json: 'application/json; charset=utf-8', text: 'text/plain; charset=utf-8' } as const;

/** What every answer says about itself; one without a tag is kept by nobody. */
export function headersOf(
  answer: UdfAnswer,
  etag: string | null,
  length: number,
): Record<string, string | number> {
  return {
    'content-type': TYPES[answer.type],
    'content-length': length,
    'cache-control': etag === null ? 'no-store' : 'private, no-cache',
    ...(etag === null ? {} : { etag }),
    'x-content-type-options': 'nosniff',
    vary: 'accept-encoding, origin',
  };
}

export function jsonAnswer(value: unknown, keptMs = 0, status = 200): UdfAnswer {
  return { status, type: 'json', body: Buffer.from(JSON.stringify(value)), keptMs };
}

/** What TradingView's adapter takes for an error, with what a person needs to mend it. */
export interface UdfError {
  s: 'error';
  errmsg: string;
  field?: string;
  value?: unknown;
  expected?: string;
}

const LONGEST = 300;
const STATUS: Partial<Record<ErrorCode, number>> = {
  E_INPUT: 400,
  E_NO_QUOTE: 404,
};

/** Every failure in UDF's shape: 4xx for what was asked wrongly, 503 for what may be asked again. Never a stack. */
export function errorAnswer(error: unknown): UdfAnswer {
  const known = error instanceof TraderError;
  const status = (known ? STATUS[error.code] : undefined) ?? 503;
  const body: UdfError = { s: 'error', errmsg: cut(known ? error.message : 'The answer could not be made.') };
  if (known && error.field !== undefined) body.field = cut(error.field);
  if (known && error.code === 'E_INPUT') body.value = shown(error.value);
  if (known && error.expected !== undefined) body.expected = error.expected;
  return jsonAnswer(body, 0, status);
}

export function notFound(message: string): UdfAnswer {
  return jsonAnswer({ s: 'error', errmsg: cut(message) } satisfies UdfError, 0, 404);
}

function shown(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return cut(typeof value === 'string' ? value : show(value));
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1).toWellFormed()}…` : text;
}
