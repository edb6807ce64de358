import { type ErrorCode, TraderError } from '../../lib/domain/errors.ts';

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

/** The same error with the dialog's label where its message begins with the inner name of the field. */
export function underLabel(error: CodedError, field: string, label: string): CodedError {
  const begin = `${field}: `;
  if (!(error instanceof TraderError) || !error.message.startsWith(begin)) return error;
  const { code, value, expected } = error;
  const message = `${label}: ${error.message.slice(begin.length)}`;
  return new TraderError(code, message, {
    field,
    value,
    ...(expected === undefined ? {} : { expected }),
    cause: error,
  });
}
