import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { type ClientOptions, WebSocket } from 'ws';
import { ACCOUNT, FlowDesk, type FlowNode, node, until } from '../nodes/flow-desk.ts';

export const TOKEN = 'the-token-of-this-test';
export const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };

export interface Answered {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  body: Record<string, unknown>;
}

/** A desk whose flow has the API on a simulated account. */
export class ApiDesk extends FlowDesk {
  async open(fields: Record<string, unknown> = {}, ...more: FlowNode[]): Promise<void> {
    await this.load([ACCOUNT, node('trader-api', 'api', { prefix: '', origins: '', ...fields }), ...more], {
      api: { token: TOKEN },
    });
    await this.account();
  }

  /** By plain HTTP, so that every header is the test's own. */
  ask(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string | Buffer,
  ): Promise<Answered> {
    const { hostname, port } = new URL(this.origin);
    return new Promise((resolve, reject) => {
      const asked = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const json = /json/.test(String(answer.headers['content-type'])) && text !== '';
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text,
            body: json ? JSON.parse(text) : {},
          });
        });
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  send(method: string, path: string, body: object): Promise<Answered> {
    const headers = { ...AUTHORIZED, 'content-type': 'application/json' };
    return this.ask(method, path, headers, JSON.stringify(body));
  }

  stream(options: ClientOptions = {}, protocols: string[] = []): Promise<StreamReader> {
    return StreamReader.open(`${this.origin.replace('http', 'ws')}/stream`, options, protocols);
  }

  /** The status with which the stream refuses, or 101. */
  async knock(options: ClientOptions = {}, protocols: string[] = []): Promise<number> {
    const socket = new WebSocket(`${this.origin.replace('http', 'ws')}/stream`, protocols, options);
    return new Promise((resolve) => {
      socket.on('open', () => {
        socket.terminate();
        resolve(101);
      });
      socket.on('unexpected-response', (request, answer) => {
        resolve(answer.statusCode ?? 0);
        request.destroy();
      });
      socket.on('error', () => undefined);
    });
  }
}

export type Told = { type: string; [field: string]: unknown };

/** One client of the stream, and everything it was told. */
export class StreamReader {
  readonly ws: WebSocket;
  readonly told: Told[] = [];
  closed: { code: number; reason: string } | null = null;

  constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('message', (data) => this.told.push(JSON.parse(String(data)) as Told));
    ws.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
    ws.on('error', () => undefined);
  }

  static async open(url: string, options: ClientOptions, protocols: string[]): Promise<StreamReader> {
    const reader = new StreamReader(new WebSocket(url, protocols, options));
    await once(reader.ws, 'open');
    return reader;
  }

  say(wish: object | string | Buffer): void {
    this.ws.send(typeof wish === 'string' || Buffer.isBuffer(wish) ? wish : JSON.stringify(wish));
  }

  of(type: string): Told[] {
    return this.told.filter((one) => one.type === type);
  }

  hears(type: string, fits: (told: Told) => boolean = () => true): Promise<Told> {
    return until(
      () => this.told.find((one) => one.type === type && fits(one)),
      `a ${type} from the stream`,
      8_000,
      () => this.told.slice(-5),
    );
  }

  async ends(): Promise<{ code: number; reason: string }> {
    return until(() => this.closed ?? undefined, 'the end of the connection');
  }

  async close(): Promise<void> {
    this.ws.close();
    await this.ends();
  }
}

/** The fields every refusal has. */
export function assertRefusal(answer: Answered, what: string): void {
  assert.ok(answer.status >= 400 && answer.status < 500, `${what}: ${answer.status} ${answer.text}`);
  const { error } = answer.body as {
    error?: { field?: string; expected?: string; message?: string; value?: unknown };
  };
  assert.ok(error, `${what}: ${answer.text}`);
  assert.ok(typeof error.field === 'string' && error.field !== '', `${what} names no field: ${answer.text}`);
  assert.ok('value' in error, `${what} shows no value: ${answer.text}`);
  assert.ok(
    typeof error.expected === 'string' && error.expected !== '',
    `${what} expects nothing: ${answer.text}`,
  );
  assert.ok(typeof error.message === 'string');
  assert.doesNotMatch(
    answer.text,
    /\bat (?:async )?[\w.<>]+ \(|node:internal|\.ts:\d+/,
    `${what} shows a stack`,
  );
}
