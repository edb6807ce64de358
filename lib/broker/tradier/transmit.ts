import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ElapsedTime } from '../../domain/clock.ts';
import { nextTurn } from '../../domain/event-loop.ts';
import { failureOf, type WriteObservation } from './outcome.ts';

const REPLY_BYTES = 1024 * 1024;

export interface Transmission {
  method: 'POST' | 'PUT' | 'DELETE';
  origin: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface TransmissionLimits {
  connectMs: number;
  /** Connection, request and reply together. */
  requestMs: number;
  /** Gives up at once; what was on the wire stays unknown. */
  signal: AbortSignal;
  /** Asked when the connection stands, before the first byte: false withdraws the message. */
  proceed: () => boolean;
}

/**
 * Sends one order write over a connection of its own, exactly once: no pool, no keep-alive, no redirect, no retry.
 * Nothing is handed to HTTP before the connection stands, so a socket without bytes proves that nothing was sent:
 * on a socket that is still connecting Node would count bytes that merely wait. Never rejects.
 */
export function transmitOnce(
  message: Transmission,
  limits: TransmissionLimits,
  elapsed: ElapsedTime,
): Promise<WriteObservation> {
  return new Promise((resolve) => {
    const { hostname, port, protocol, host } = new URL(message.origin);
    const secure = protocol === 'https:';
    const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (secure ? 443 : 80) };
    let request: ClientRequest | null = null;
    let reply: WriteObservation['reply'] = null;
    let countAtStart = 0;
    let settled = false;

    const settle = (failure: WriteObservation['failure']) => {
      if (settled) return;
      settled = true;
      connecting.cancel();
      deadline.cancel();
      limits.signal.removeEventListener('abort', onAbort);
      const bytesWritten = request === null ? 0 : (socket.bytesWritten ?? Number.NaN) - countAtStart;
      resolve({ bytesWritten, failure, reply });
      const end = () => {
        request?.destroy();
        socket.destroy();
      };
      // Nothing more is sent or heard on it; whoever waits for the answer need not wait for its end.
      if (failure === null) nextTurn(end);
      else end();
    };
    const fail = (error: unknown) => settle(failureOf(error));
    const onAbort = () => settle({ code: 'ABORTED', words: 'the account was shut down' });

    const send = () => {
      connecting.cancel();
      if (settled) return;
      if (!limits.proceed()) return settle({ code: 'WITHDRAWN', words: 'it was withdrawn before it left' });
      countAtStart = socket.bytesWritten;
      request = httpRequest({
        createConnection: () => socket,
        method: message.method,
        path: message.path,
        headers: {
          ...message.headers,
          host,
          connection: 'close',
          'content-length': Buffer.byteLength(message.body),
        },
      });
      request.on('response', receive);
      request.on('upgrade', () =>
        settle({ code: 'UPGRADE', words: 'the broker answered with another protocol' }),
      );
      request.on('error', fail);
      request.on('close', () =>
        settle({ code: 'ECONNRESET', words: 'the connection was closed before the answer' }),
      );
      request.end(message.body);
    };

    const receive = (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const head = { status: response.statusCode ?? 0, headers: response.headers };
      reply = { ...head, body: '', whole: false };
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > REPLY_BYTES) settle({ code: 'TOO_LARGE', words: 'the answer is larger than 1 MB' });
        else chunks.push(chunk);
      });
      response.on('error', fail);
      response.on('end', () => {
        reply = { ...head, body: Buffer.concat(chunks).toString('utf8'), whole: response.complete };
        settle(null);
      });
    };

    const socket: Socket = secure
      ? connectTls(
          { ...target, ...(isIP(target.host) ? {} : { servername: hostname }), ALPNProtocols: ['http/1.1'] },
          send,
        )
      : connectPlain({ ...target, noDelay: true }, send);
    // Stays for good: a socket that errs after the outcome is settled must not bring the process down.
    socket.on('error', fail);
    socket.on('close', () =>
      settle({ code: 'ECONNRESET', words: 'the connection was closed before the answer' }),
    );
    const connecting = elapsed.after(limits.connectMs, () =>
      settle({ code: 'ETIMEDOUT', words: `no connection within ${limits.connectMs} ms` }),
    );
    const deadline = elapsed.after(limits.requestMs, () =>
      settle({ code: 'ETIMEDOUT', words: `no answer within ${limits.requestMs} ms` }),
    );
    limits.signal.addEventListener('abort', onAbort);
    if (limits.signal.aborted) onAbort();
  });
}
