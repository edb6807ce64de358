import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Control } from './control.ts';
import { bodyTooLarge, notFound } from './errors.ts';
import type { Gateway } from './gateway.ts';
import { BODY_LIMIT, readBody, send, text } from './http.ts';

/** What answers behind the one port. */
export interface Faces {
  /** Tradier's API, below `/v1` and `/beta`. */
  gateway: Gateway;
  /** The simulator's own, below `/_sim`. */
  control: Control;
}

const ABOUT = `SIMULATED market, not Tradier.

Prices, orders and fills here are invented. The API below /v1 speaks as Tradier's brokerage API does.
`;

/** Reads one request and hands it to the face it is for. */
export async function serve(request: IncomingMessage, response: ServerResponse, faces: Faces): Promise<void> {
  const body = await readBody(request);
  if (body === null) {
    response.on('finish', () => request.socket.destroySoon());
    send(response, bodyTooLarge(BODY_LIMIT), { connection: 'close' });
    return;
  }
  const method = request.method ?? 'GET';
  const { path, query } = parts(request.url ?? '/');
  if (/^\/(?:v1|beta)\//.test(path)) {
    const asked = { path, query: new URLSearchParams(query), body, host: named(request) };
    await faces.gateway.answer(request, response, asked);
  } else if (path.startsWith('/_sim')) {
    const answer = isLocal(request)
      ? faces.control.answer(method, path, body)
      : text(403, 'The control API answers only on the machine the simulator runs on');
    send(response, answer);
  } else send(response, path === '/' ? text(200, ABOUT) : notFound(method, path));
}

/** Only as strict as needed: a URL parser would refuse some of what clients send. */
function parts(url: string): { path: string; query: string } {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

/** How the client reached us, for the addresses in answers. */
function named(request: IncomingMessage): string {
  const { host } = request.headers;
  if (host !== undefined && /^[\w.:[\]-]+$/.test(host)) return host;
  return `127.0.0.1:${request.socket.localPort}`;
}

/** From this machine, and by one of its own names: a web page may point a foreign name at it. */
function isLocal(request: IncomingMessage): boolean {
  const address = request.socket.remoteAddress ?? '';
  const name = (request.headers.host ?? '').replace(/:\d+$/, '');
  const loopback = /^(?:::ffff:)?127\.|^::1$/.test(address);
  return loopback && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(name);
}
