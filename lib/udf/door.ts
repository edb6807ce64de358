import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorAnswer, jsonAnswer, type UdfAnswer } from './answer.ts';
import { type AnswerCache, type KeptAnswer, unkept } from './answer-cache.ts';
import { encodingFor } from './encodings.ts';
import type { Origins } from './origins.ts';

const LONGEST_QUESTION = 4_000;
const METHODS = 'GET, HEAD, OPTIONS';

export interface DoorParts {
  cache: AnswerCache;
  origins: Origins;
  /** Makes the answer; what it throws becomes an answer in UDF's shape. */
  answer: (endpoint: string, query: URLSearchParams) => Promise<UdfAnswer>;
  /** Hears what is nobody's fault but ours or the broker's. */
  report: (error: unknown) => void;
}

/** Answers one request for `question`, `/history?symbol=…`: from the cache, compressed, with what browsers ask for. */
export function answerChart(
  parts: DoorParts,
  req: IncomingMessage,
  res: ServerResponse,
  question: string,
): void {
  const known = req.method === 'GET' ? parts.cache.fresh(question) : null;
  if (known !== null) send(parts, req, res, known);
  else if (req.method === 'OPTIONS') preflight(parts.origins, req, res);
  else if (req.method !== 'GET' && req.method !== 'HEAD')
    turnAway(parts, req, res, 405, 'Only GET is answered here.');
  else if (question.length > LONGEST_QUESTION)
    turnAway(parts, req, res, 414, `The address is longer than ${LONGEST_QUESTION} characters.`);
  else
    make(parts, question)
      .then((answer) => send(parts, req, res, answer))
      .catch((error: unknown) => {
        parts.report(error);
        res.destroy();
      });
}

/** An answer in UDF's shape to a request the feed is not asked about. */
export function turnAway(
  parts: DoorParts,
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  errmsg: string,
): void {
  if (status === 405) res.setHeader('allow', METHODS);
  send(parts, req, res, unkept(jsonAnswer({ s: 'error', errmsg }, 0, status)));
}

async function make({ cache, answer, report }: DoorParts, question: string): Promise<KeptAnswer> {
  const mark = question.indexOf('?');
  const path = mark < 0 ? question : question.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : question.slice(mark + 1));
  return cache.make(question, async () => {
    try {
      return await answer(path.replace(/(?<=.)\/$/, ''), query);
    } catch (error) {
      const failed = errorAnswer(error);
      if (failed.status >= 500) report(error);
      return failed;
    }
  });
}

function send(
  { cache, origins }: DoorParts,
  req: IncomingMessage,
  res: ServerResponse,
  answer: KeptAnswer,
): void {
  if (res.headersSent || res.destroyed) return;
  const allowed = origins.allowed(req.headers.origin);
  if (allowed !== null) res.setHeader('access-control-allow-origin', allowed);
  if (answer.etag !== null && req.headers['if-none-match']?.includes(answer.etag)) {
    res.writeHead(304, {
      etag: answer.etag,
      'cache-control': 'private, no-cache',
      vary: 'accept-encoding, origin',
    });
    res.end();
    return;
  }
  const wanted =
    answer.etag === null ? null : encodingFor(req.headers['accept-encoding'], answer.body.length);
  const { headers, body } = cache.form(answer, wanted);
  res.writeHead(answer.status, headers);
  res.end(req.method === 'HEAD' ? undefined : body);
}

/** Only a request with a header of its own, such as the token, is asked about before. */
function preflight(origins: Origins, req: IncomingMessage, res: ServerResponse): void {
  const allowed = origins.allowed(req.headers.origin);
  if (allowed !== null) {
    res.setHeader('access-control-allow-origin', allowed);
    res.setHeader('access-control-allow-methods', 'GET, HEAD');
    res.setHeader('access-control-allow-headers', 'authorization, content-type');
    res.setHeader('access-control-max-age', '600');
  }
  res.writeHead(204, { vary: 'origin' });
  res.end();
}
