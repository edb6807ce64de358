import { type ErrorCode, TraderError } from '../../domain/errors.ts';
import { errorTexts, faultReply, isRecord } from './codec.ts';

/** A reply of Tradier that is not the answer, in words. Error shapes: docs.tradier.com. */

/** A read that failed. It keeps no body, in which anything could be quoted. */
export class ReadError extends TraderError {
  /** 0 when there was no reply. */
  readonly status: number;
  /** True for the answer that means an unknown order as well as an account that is not ours. */
  readonly notOurs: boolean;

  constructor(code: ErrorCode, message: string, status = 0, notOurs = false) {
    super(code, message);
    this.status = status;
    this.notOurs = notOurs;
  }
}

export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

export function isHtml(body: string): boolean {
  return body.trimStart().startsWith('<');
}

/** The texts of an `errors` document; null when there is none. */
export function errorsIn(json: unknown): string[] | null {
  if (!isRecord(json) || json.errors === undefined || json.errors === null) return null;
  return errorTexts.parse(json.errors);
}

/** A gateway fault; null when the body is none. */
export function faultIn(json: unknown): { text: string; code: string } | null {
  const fault = faultReply.safeParse(json);
  if (!fault.success) return null;
  return { text: fault.data.fault.faultstring, code: fault.data.fault.detail?.errorcode ?? '' };
}

/** True for a refused token, whatever the status it came with. */
export function isTokenRefusal(status: number, body: string, json: unknown): boolean {
  const code = faultIn(json)?.code ?? '';
  return code.startsWith('keymanagement.') || (status === 401 && !isForeignOrder(body));
}

/** The plain text that answers both an unknown order id and an account that is not ours. */
export function isForeignOrder(body: string): boolean {
  return body.startsWith('Unauthorized Account');
}

/** What the broker said, on one line, at most 200 characters, without markup. */
export function inWords(status: number, body: string, json: unknown = parseJson(body)): string {
  const fault = faultIn(json);
  if (fault?.text) return `${fault.text} (${status})`;
  const errors = errorsIn(json);
  if (errors !== null && errors.length > 0) return clip(errors.join('; '));
  if (body.trim() === '') return `status ${status} with an empty body`;
  if (isHtml(body)) return `status ${status} with a web page instead of data`;
  return json === undefined ? `${clip(body)} (${status})` : `status ${status}: ${clip(body)}`;
}

function clip(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

/** Why there was no reply, by its error code alone: messages of lower layers may quote what was sent. */
export function networkWords(error: unknown): string {
  const code = isRecord(error) && typeof error.code === 'string' ? error.code : '';
  const known: Record<string, string> = {
    ECONNREFUSED: 'the connection was refused',
    ENOTFOUND: 'the host name was not found',
    EAI_AGAIN: 'the host name could not be looked up',
    ECONNRESET: 'the connection was reset',
    EPIPE: 'the connection was closed while sending',
    ETIMEDOUT: 'the connection timed out',
    UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
    UND_ERR_HEADERS_TIMEOUT: 'no answer came in time',
    UND_ERR_BODY_TIMEOUT: 'the answer stopped coming',
    UND_ERR_SOCKET: 'the connection was closed',
  };
  return known[code] ?? (code === '' ? 'the connection failed' : `the connection failed (${code})`);
}
