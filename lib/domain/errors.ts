/** Every code this product raises, with one sentence for people. */
export const ERRORS = {
  E_INPUT: 'A value is missing or not what was expected.',
  E_NO_ACCOUNT: 'No trader-account is configured for this node.',
  E_ACCOUNT_CONFLICT: 'Another trader-account node already runs this account with other settings.',
  E_ACCOUNT_CLOSED: 'The account is shutting down.',
  E_JOURNAL: 'The order journal could not be opened, read or written.',
  E_SQLITE_VERSION: 'The SQLite built into this Node.js has a known WAL defect.',
  E_BROKER: 'The broker answered with an error.',
  E_BROKER_UNREACHABLE: 'The broker could not be reached.',
  E_BROKER_AUTH: 'The broker refused the access token or the account number.',
  E_RATE_LIMIT: 'The broker refused the request because the quota of this minute is used up.',
  E_LIVE_LOCKED: 'Live trading is locked in this version: the account is read-only.',
  E_NO_QUOTE: 'There is no quote for this symbol.',
  E_NO_PERMIT: 'The order carries no permit from risk-check.',
  E_PERMIT_UNKNOWN: 'The permit was not issued by the risk gate of this account.',
  E_PERMIT_SPENT: 'The permit was already used: a copied message cannot order twice.',
  E_PERMIT_EXPIRED: 'The permit expired before the order was sent.',
  E_PERMIT_VOID: 'The permit was withdrawn.',
  E_INTENT_ALTERED: 'The order was changed after risk-check approved it.',
  E_HALTED: 'Trading on this account is halted.',
  E_ORDER_UNKNOWN:
    'The outcome of the order is unknown. It will be looked up at the broker and is never sent again.',
  E_ORDER_NOT_SENT: 'The order did not reach the broker.',
  E_ORDER_REJECTED: 'The broker rejected the order.',
  E_STREAM: 'The stream failed.',
  E_PATH_TAKEN: 'Another node already answers on this HTTP path.',
  E_NO_SECRET: 'No webhook secret is set.',
  E_MARKET_DATA: 'The market data kept on disk could not be read or written.',
  E_RECORD: 'The message could not be recorded, so it was not accepted.',
} as const;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetail {
  /** The field that is wrong, in the words of whoever sent it. */
  field?: string;
  /** Its value as received; never a secret. */
  value?: unknown;
  /** What would have been accepted. */
  expected?: string;
  cause?: unknown;
}

/** An error with an own `code`, so that a Catch node can route by it. */
export class TraderError extends Error {
  readonly code: ErrorCode;
  readonly field?: string;
  readonly value?: unknown;
  readonly expected?: string;

  constructor(code: ErrorCode, message?: string, detail: ErrorDetail = {}) {
    super(message ?? ERRORS[code], detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'TraderError';
    this.code = code;
    if (detail.field !== undefined) this.field = detail.field;
    if (detail.value !== undefined) this.value = detail.value;
    if (detail.expected !== undefined) this.expected = detail.expected;
  }
}

/** Bad input: names the field, the value and what was expected. */
export function inputError(field: string, value: unknown, expected: string): TraderError {
  return new TraderError('E_INPUT', `${field}: ${show(value)} is not accepted; expected ${expected}`, {
    field,
    value,
    expected,
  });
}

/** What a thrown value says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A value as a person may read it in an error, at most 80 characters. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? `"${value}"` : written(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** What a caller nested too deeply, JSON cannot write: its error must not become one of ours. */
function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Array.isArray(value) ? 'a list that cannot be shown' : `a value of type ${typeof value}`;
  }
}
