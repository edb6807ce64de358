import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a handler answers; how it travels is the gateway's business. */
export interface Reply {
  status: number;
  body: string;
  kind: 'json' | 'text' | 'xml';
}

export function json(value: unknown, status = 200): Reply {
  return { status, body: JSON.stringify(value), kind: 'json' };
}

export function text(status: number, body: string): Reply {
  return { status, body, kind: 'text' };
}

const CONTENT_TYPES: Record<Reply['kind'], string> = {
  json: 'application/json;charset=UTF-8',
  text: 'text/plain;charset=UTF-8',
  xml: 'application/xml;charset=UTF-8',
};

export function send(response: ServerResponse, reply: Reply, headers: Record<string, string> = {}): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(reply.status, {
    'content-type': CONTENT_TYPES[reply.kind],
    'content-length': Buffer.byteLength(reply.body),
    ...headers,
  });
  response.end(reply.body);
}

/** Bodies above this are refused with 413. */
export const BODY_LIMIT = 1024 * 1024;

/** The whole body, or null when it is larger than the limit; the rest of such a body is thrown away unread. */
export function readBody(request: IncomingMessage, limit = BODY_LIMIT): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        chunks.length = 0;
        resolve(null);
      } else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', reject);
    request.on('close', () => reject(new Error('the client went away before its request was complete')));
  });
}

/**
 * Parameters of a request as Tradier takes them: from the form body or the query string, the body winning;
 * an empty value counts as absent; unknown ones are ignored.
 */
export class Params {
  readonly #values = new Map<string, string>();

  constructor(query: URLSearchParams, body: URLSearchParams) {
    for (const source of [query, body]) {
      for (const [name, value] of source) {
        if (value !== '') this.#values.set(name, value);
      }
    }
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** `true`, `True` and `TRUE` are true; anything else is false. */
  flag(name: string): boolean {
    return this.get(name)?.toLowerCase() === 'true';
  }

  /** A comma list without blanks and repetitions. */
  list(name: string): string[] {
    const parts = (this.get(name) ?? '').split(',').map((part) => part.trim());
    return [...new Set(parts.filter((part) => part !== ''))];
  }
}

/** True when the client would understand JSON; otherwise the real service answers XML. */
export function acceptsJson(request: IncomingMessage): boolean {
  return (request.headers.accept ?? '').toLowerCase().includes('application/json');
}
