import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ElapsedTime, Timer, WallTime } from '../../lib/domain/clock.ts';
import { type RunningSimulator, type SimulatorOptions, startSimulator } from '../../simulator/server.ts';

/** 09:30 in New York on Monday, March 2nd 2026. */
export const MONDAY = Date.UTC(2026, 2, 2, 14, 30);

/** Elapsed and wall time that move when told to. */
export class HandClock implements ElapsedTime {
  readonly wall: WallTime;
  #now = 1_000;
  #timers: { at: number; every: number | null; run: () => void }[] = [];

  constructor(wallAt = Date.UTC(2026, 6, 1, 15, 0)) {
    this.wall = { now: () => wallAt + this.#now };
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    return this.#add({ at: this.#now + ms, every: null, run });
  }

  every(ms: number, run: () => void): Timer {
    return this.#add({ at: this.#now + ms, every: ms, run });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Moves on and runs what comes due, in order. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#now = next.at;
      if (next.every === null) this.#timers.splice(this.#timers.indexOf(next), 1);
      else next.at += next.every;
      next.run();
    }
    this.#now = end;
  }

  #add(timer: { at: number; every: number | null; run: () => void }): Timer {
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }
}

export class Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body read as JSON; undefined when it is not. */
  readonly json: unknown;

  constructor(response: Response, text: string) {
    this.status = response.status;
    this.headers = response.headers;
    this.text = text;
    this.json = parsed(text);
  }

  /** What is at a path such as `orders.order.0.id`. */
  at(path: string): unknown {
    return at(this.json, path);
  }
}

/** What is at a path such as `quotes.quote.symbol`; undefined where the path ends early. */
export function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | null | undefined)?.[key], value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A plain client of one simulator. */
export class Client {
  readonly simulator: RunningSimulator;

  constructor(simulator: RunningSimulator) {
    this.simulator = simulator;
  }

  async send(
    method: string,
    path: string,
    form?: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const { rest, token } = this.simulator;
    const response = await fetch(`${rest}${path}`, {
      method,
      headers: { accept: 'application/json', authorization: `Bearer ${token}`, ...headers },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    });
    return new Answer(response, await response.text());
  }

  get(path: string): Promise<Answer> {
    return this.send('GET', path);
  }

  place(form: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', this.orders(), { ...LIMIT_BUY, ...form });
  }

  orders(rest = ''): string {
    return `/accounts/${this.simulator.account}/orders${rest}`;
  }

  async control(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.simulator.control}${path}`, {
      method,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return new Answer(response, await response.text());
  }
}

/** An order far below the market: it works and does not fill. */
export const LIMIT_BUY = {
  class: 'equity',
  symbol: 'AAPL',
  side: 'buy',
  quantity: '10',
  type: 'limit',
  price: '50.00',
  duration: 'gtc',
};

export const MARKET_BUY = { type: 'market', price: '', duration: 'day' };

/** One leg of a group as its form fields, `symbol[1]` and so on. */
export function leg(index: number, terms: Record<string, string>): Record<string, string> {
  const own = { symbol: 'AAPL', side: 'sell', quantity: '10', ...terms };
  return Object.fromEntries(Object.entries(own).map(([name, value]) => [`${name}[${index}]`, value]));
}

const running: RunningSimulator[] = [];

/** Starts a simulator that `stopAll` will stop. */
export async function started(options: SimulatorOptions = {}): Promise<Client> {
  const simulator = await startSimulator({ start: MONDAY, ...options });
  running.push(simulator);
  return new Client(simulator);
}

export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()));
}

/** A stream socket that keeps what it heard. */
export class Listener {
  readonly socket: WebSocket;
  readonly heard: unknown[] = [];
  readonly frames: string[] = [];

  constructor(url: string) {
    this.socket = new WebSocket(url, { perMessageDeflate: false });
    this.socket.on('error', () => {});
    this.socket.on('message', (data) => {
      this.frames.push(String(data));
      this.heard.push(JSON.parse(String(data)));
    });
  }

  /** What was heard of one type (`quote`, `trade`…) or event (`order`, `heartbeat`). */
  of(type: string): unknown[] {
    return this.heard.filter((message) => at(message, 'type') === type || at(message, 'event') === type);
  }

  /** In-band errors, in the order heard. */
  get errors(): unknown[] {
    return this.heard.map((message) => at(message, 'error')).filter((error) => error !== undefined);
  }

  static async open(url: string, first: unknown): Promise<Listener> {
    const listener = new Listener(url);
    await once(listener.socket, 'open');
    listener.say(first);
    return listener;
  }

  say(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  close(): void {
    this.socket.terminate();
  }
}

/** Waits until a condition holds. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  ms = 5_000,
): Promise<void> {
  const end = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
