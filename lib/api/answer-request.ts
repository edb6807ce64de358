import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ElapsedTime } from '../domain/clock.ts';
import { TraderError } from '../domain/errors.ts';
import { read } from '../domain/read.ts';
import { BODY_LIMITS, readBody } from '../webhook/body.ts';
import { bodyReply } from '../webhook/receive.ts';
import { answer, errorReply, inputReply, type Reply } from '../webhook/reply.ts';
import { type AccessRules, type Attempts, isOriginAllowed, missingRight } from './access.ts';
import type { ApiContext } from './context.ts';
import type { Endpoint } from './endpoint.ts';
import { ENDPOINTS } from './endpoints/all.ts';
import { openApiDocument } from './openapi.ts';
import { readablePage } from './page.ts';
import { readQuery } from './query.ts';

export interface ApiParts {
  context: ApiContext;
  access: AccessRules;
  attempts: Attempts;
  elapsed: ElapsedTime;
  /** Hears failures that are not the caller's fault. */
  report(error: unknown): void;
}

const AGAIN = { 'retry-after': '5' };
const LATER: ReadonlySet<string> = new Set([
  'E_ACCOUNT_CLOSED',
  'E_BROKER',
  'E_BROKER_AUTH',
  'E_BROKER_UNREACHABLE',
  'E_JOURNAL',
  'E_NO_ACCOUNT',
  'E_RATE_LIMIT',
  'E_RECORD',
  'E_STREAM',
]);

/** Answers a request whose address begins at `/health` or `/api/v1`. Never throws. */
export type AnswerRequest = (req: IncomingMessage, res: ServerResponse, url: string) => void;

export function answerRequest(parts: ApiParts): AnswerRequest {
  return (req, res, url) => {
    const send = (reply: Reply) => answer(res, withCors(reply, req, parts.access));
    replyTo(parts, req, url).then(send, (error: unknown) => send(failure(parts, error)));
  };
}

async function replyTo(parts: ApiParts, req: IncomingMessage, url: string): Promise<Reply> {
  const [written, search] = splitUrl(url);
  const path = written.replace(/(?<=.)\/+$/, '');
  const { access } = parts;
  if (!isOriginAllowed(req.headers, access)) {
    const { origin } = req.headers;
    return errorReply(
      403,
      fault('Origin', origin, 'a page of this address, or of one on the list of origins'),
    );
  }
  const found = matches(path);
  const isDocument = DOCUMENTS.has(path);
  if (found.length === 0 && !isDocument)
    return errorReply(404, fault('path', path, 'a path of the document at /api/v1/openapi.json'));
  const methods = [...new Set(found.map(({ endpoint }) => endpoint.method as string))];
  if (isDocument || methods.includes('GET')) methods.push('HEAD');
  if (isDocument) methods.push('GET');
  if (req.method === 'OPTIONS') return { status: 204, body: '', headers: { allow: methods.join(', ') } };
  const asked = req.method === 'HEAD' ? 'GET' : req.method;
  if (!methods.includes(req.method ?? '')) {
    const allow = methods.join(', ');
    return errorReply(405, fault('method', req.method, `one of ${allow}`), { allow });
  }
  const refused = refuse(parts, req, asked !== 'GET');
  if (refused) return refused;
  if (isDocument) return documentAt(path, written, req, parts.context);
  const { endpoint, params } = found.find((one) => one.endpoint.method === asked) as Match;
  return run(parts, endpoint, params, new URLSearchParams(search), req);
}

async function run(
  { context, elapsed }: ApiParts,
  endpoint: Endpoint,
  given: Record<string, string>,
  search: URLSearchParams,
  req: IncomingMessage,
): Promise<Reply> {
  const params = endpoint.params ? read(endpoint.params, given) : {};
  const query = endpoint.query ? read(endpoint.query, readQuery(endpoint.query, search)) : nothingIn(search);
  let body: Record<string, unknown> = {};
  if (endpoint.body) {
    const type = (req.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    if (type !== 'application/json')
      return errorReply(415, fault('Content-Type', type, 'application/json'), { connection: 'close' });
    const received = await readBody(req, BODY_LIMITS, elapsed);
    if (received.kind === 'refused') return bodyReply(received);
    const parsed = parsedJson(received.bytes);
    if (parsed === undefined) return errorReply(400, fault('body', null, 'a JSON object'));
    body = read(endpoint.body, parsed);
  }
  const { status, body: answered } = await endpoint.handle(context, { params, query, body });
  return { status, body: answered as Record<string, unknown> };
}

/** Where nothing is asked for, nothing is taken. */
function nothingIn(search: URLSearchParams): Record<string, never> {
  const [name] = search.keys();
  if (name !== undefined)
    throw new TraderError('E_INPUT', `${name}: no such parameter`, {
      field: name,
      value: search.get(name),
      expected: 'no parameters',
    });
  return {};
}

function refuse({ access, attempts }: ApiParts, req: IncomingMessage, writes: boolean): Reply | null {
  const expected = missingRight(req, access, writes);
  if (expected === null) return null;
  const wait = attempts.refused(req);
  if (wait > 0) {
    const headers = { 'retry-after': String(wait) };
    return errorReply(429, { message: 'Too many attempts came from there.' }, headers);
  }
  return errorReply(401, fault('Authorization', null, expected), { 'www-authenticate': 'Bearer' });
}

interface Match {
  endpoint: Endpoint;
  params: Record<string, string>;
}

function matches(path: string): Match[] {
  const asked = path.split('/');
  return ENDPOINTS.flatMap((endpoint) =>
    [endpoint.path, ...(endpoint.also ?? [])].flatMap((own) => {
      const params = paramsOf(own.split('/'), asked);
      return params === null ? [] : [{ endpoint, params }];
    }),
  );
}

function paramsOf(own: readonly string[], asked: readonly string[]): Record<string, string> | null {
  if (own.length !== asked.length) return null;
  const params: Record<string, string> = {};
  for (const [n, part] of own.entries()) {
    const text = asked[n] ?? '';
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name !== undefined) params[name] = decoded(text);
    else if (part !== text) return null;
  }
  return params;
}

const DOCUMENTS: ReadonlySet<string> = new Set(['/api/v1', '/api/v1/docs', '/api/v1/openapi.json']);

function documentAt(path: string, written: string, req: IncomingMessage, context: ApiContext): Reply {
  if (path === '/api/v1/openapi.json') return { status: 200, body: openApiDocument() };
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  };
  // A link on the page is relative to its folder: here, with a slash behind it, or one step higher without.
  const folder = path === '/api/v1' ? (written === path ? 'v1/' : '') : written === path ? '' : '../';
  const page = readablePage({ address: addressOf(req), folder, account: context.running() });
  return { status: 200, body: page, headers };
}

/** As the reader wrote it, with what stands in front of the API's paths. */
function addressOf(req: IncomingMessage & { originalUrl?: string }): string {
  const { host = '' } = req.headers;
  const inFront = /^(\/[\w.~/-]*)?(?=\/api\/v1)/i.exec(req.originalUrl ?? req.url ?? '')?.[0] ?? '';
  const scheme = 'encrypted' in req.socket ? 'https' : 'http';
  return `${scheme}://${/^[\w.:[\]-]+$/.test(host) ? host : '127.0.0.1:1880'}${inFront}`;
}

function failure({ report }: ApiParts, error: unknown): Reply {
  if (error instanceof TraderError) {
    if (error.code === 'E_INPUT') return inputReply(error);
    if (error.code === 'E_NO_QUOTE')
      return errorReply(404, fault('symbol', error.value, 'a symbol the broker knows'));
    if (LATER.has(error.code)) return errorReply(503, { message: error.message }, AGAIN);
  }
  report(error);
  return errorReply(500, { message: 'This could not be answered; the log of the desk says why.' });
}

/** Pages on the list may read the answer; the rest of the check was made before. */
function withCors(reply: Reply, { headers, method }: IncomingMessage, { origins }: AccessRules): Reply {
  const { origin } = headers;
  if (origin === undefined || !origins.includes(origin))
    return { ...reply, headers: { vary: 'Origin', ...reply.headers } };
  const preflight: Record<string, string> =
    method === 'OPTIONS'
      ? {
          'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE',
          'access-control-allow-headers': 'Authorization, Content-Type',
          'access-control-max-age': '600',
        }
      : {};
  return {
    ...reply,
    headers: { vary: 'Origin', 'access-control-allow-origin': origin, ...preflight, ...reply.headers },
  };
}

function fault(field: string, value: unknown, expected: string) {
  const shown = typeof value === 'string' ? value.slice(0, 80) : (value ?? null);
  return { field, value: shown, expected, message: `${field}: expected ${expected}` };
}

function splitUrl(url: string): [path: string, search: string] {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
