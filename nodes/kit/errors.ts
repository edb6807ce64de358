import type { ErrorCode } from '../../lib/domain/errors.ts';

export interface CodedError extends Error {
  code: ErrorCode | 'E_UNEXPECTED' | (string & {});
}

/** What was thrown as an Error with an own `code`, so that a Catch node always has one to route by. */
export function coded(thrown: unknown): CodedError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code: unknown = Object.hasOwn(error, 'code') ? Reflect.get(error, 'code') : undefined;
  if (typeof code === 'string' && code !== '') return error as CodedError;
  try {
    return Object.assign(error, { code: 'E_UNEXPECTED' });
  } catch {
    // A frozen error, or one whose code can only be read.
    return Object.assign(new Error(error.message, { cause: error }), { code: 'E_UNEXPECTED' });
  }
}
