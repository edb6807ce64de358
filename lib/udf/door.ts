import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorAnswer, jsonAnswer, type UdfAnswer } from './answer.ts';
import type { AnswerCache, KeptAnswer } from './answer-cache.ts';
import { encodingFor } from './encodings.ts';
import type { Origins } from './origins.ts';

const LONGEST_QUESTION = 4_000;
const TYPES = { json: 'application/json; charset=utf-8', text: 'text/plain; charset=utf-8' } as const;

export interface DoorParts {
  cache: AnswerCache;
  origins: Origins;
  /** Makes the answer; what it throws becomes an answer in UDF's shape. */
  answer: (endpoint: string, query: URLSearchParams) => Promise<UdfAnswer>;
  /** Hears what is nobody's fault but ours. */
  report: (error: unknown) => void;
}

/** Answers one request for `question`, `/history?symbol=…`: from the cache, compressed, with what browsers ask for. */
export function answerChart(
  parts: DoorParts,
  req: IncomingMessage,
  res: ServerResponse,
  question: string,
): void {
  const { cache } = parts;
  if (req.method === 'OPTIONS') return preflight(parts, req, res);
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    return send(parts, req, res, refused(405, 'Only GET is answered here.'), { allow: 'GET, HEAD, OPTIONS' });
  }
  if (question.length > LONGEST_QUESTION) {
    return send(parts, req, res, refused(414, `The address is longer than ${LONGEST_QUESTION} characters.`));
  }
  const known = cache.fresh(question);
  if (known) return send(parts, req, res, known);
  const mark = question.indexOf('?');
  const endpoint = mark < 0 ? question : question.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : question.slice(mark + 1));
  const plain = endpoint.length > 1 ? endpoint.replace(/\/$/, '') : endpoint;
  cache
    .make(question, () => parts.answer(plain, query).catch((error: unknown) => failed(parts, error)))
    .then((kept) => send(parts, req, res, kept))
    .catch((error: unknown) => {
      parts.report(error);
      res.destroy();
    });
}

function failed(parts: DoorParts, error: unknown): UdfAnswer {
  const answer = errorAnswer(error);
  if (answer.status >= 500) parts.report(error);
  return answer;
}

function send(
  { cache, origins }: DoorParts,
  req: IncomingMessage,
  res: ServerResponse,
  answer: UdfAnswer | KeptAnswer,
  more: Record<string, string> = {},
): void {
  if (res.headersSent || res.destroyed) return;
  const etag = 'etag' in answer ? answer.etag : null;
  const headers: Record<string, string | number> = {
    'content-type': TYPES[answer.type],
    'cache-control': etag === null ? 'no-store' : 'private, no-cache',
    'x-content-type-options': 'nosniff',
    vary: origins.open ? 'accept-encoding' : 'accept-encoding, origin',
    ...more,
  };
  if (etag !== null) headers.etag = etag;
  const allowed = origins.allowed(req.headers.origin);
  if (allowed !== null) headers['access-control-allow-origin'] = allowed;
  if (etag !== null && req.headers['if-none-match']?.includes(etag)) {
    res.writeHead(304, headers);
    res.end();
    return;
  }
  const encoding =
    'encoded' in answer ? encodingFor(req.headers['accept-encoding'], answer.body.length) : null;
  const body = encoding === null ? answer.body : cache.encoded(answer as KeptAnswer, encoding);
  if (encoding !== null) headers['content-encoding'] = encoding;
  headers['content-length'] = body.length;
  res.writeHead(answer.status, headers);
  res.end(req.method === 'HEAD' ? undefined : body);
}

/** Only a request with a header of its own, such as the token, is asked about before. */
function preflight({ origins }: DoorParts, req: IncomingMessage, res: ServerResponse): void {
  const allowed = origins.allowed(req.headers.origin);
  const headers: Record<string, string> =
    allowed === null
      ? {}
      : {
          'access-control-allow-origin': allowed,
          'access-control-allow-methods': 'GET, HEAD',
          'access-control-allow-headers': 'authorization, content-type',
          'access-control-max-age': '600',
        };
  res.writeHead(204, { ...headers, vary: 'origin' });
  res.end();
}

/** An answer in UDF's shape to a request that is turned away. */
export function refused(status: number, errmsg: string): UdfAnswer {
  return jsonAnswer({ s: 'error', errmsg }, 0, status);
}

/** The same as an answer of the feed, without asking it. */
export function turnAway(
  parts: DoorParts,
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  errmsg: string,
): void {
  send(parts, req, res, refused(status, errmsg));
}
