import { Pool } from 'undici';
import type { z } from 'zod';
import type { Chance } from '../../domain/chance.ts';
import type { ElapsedMs, ElapsedTime } from '../../domain/clock.ts';
import { type ErrorCode, TraderError } from '../../domain/errors.ts';
import { firstIssue } from './codec.ts';
import type { Endpoints } from './endpoints.ts';
import {
  errorsIn,
  faultIn,
  inWords,
  isForeignOrder,
  isTokenRefusal,
  networkWords,
  parseJson,
  ReadError,
} from './failures.ts';
import { quotaExpiry, type RateCategory, type RateLimits } from './rate-limits.ts';
import type { TradierTimeouts } from './timeouts.ts';

const TRIES = 3;
/** The part of a minute's quota that reads which can be left out do not touch. */
const KEPT_FROM_SPARE = 0.5;
const REPLY_BYTES = 16 * 1024 * 1024;

export interface ReadRequest {
  /** Under the REST prefix, with its query; already encoded. */
  path: string;
  /** A form makes it a POST. */
  form?: URLSearchParams;
  /** False for a POST that makes something, such as a stream session. */
  repeatable?: boolean;
  /** True when `path` begins at the origin instead. */
  atOrigin?: boolean;
  /** True for what can be left out: refused as soon as half of this minute's quota is used. */
  spare?: boolean;
}

type Try =
  | { kind: 'answer'; json: unknown }
  | { kind: 'again'; error: ReadError; waitMs: number | null }
  | { kind: 'failed'; error: ReadError };

/**
 * Reads of the REST API over one pool of connections, retried inside a budget. Never used for an order: what is
 * repeated here must be harmless when the broker hears it twice.
 */
export class Reader {
  readonly #pool: Pool;
  readonly #parts: ReaderParts;
  readonly #closing = new AbortController();

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.#pool = new Pool(parts.endpoints.origin, {
      connections: 8,
      pipelining: 1,
      allowH2: false,
      connect: { timeout: parts.timeouts.connectMs },
      maxResponseSize: REPLY_BYTES,
    });
  }

  /** The decoded answer. Throws TraderError: E_BROKER, E_BROKER_UNREACHABLE, E_BROKER_AUTH, E_RATE_LIMIT. */
  async read<T extends z.ZodType>(request: ReadRequest, shape: T): Promise<z.output<T>> {
    const decoded = shape.safeParse(await this.#answer(request));
    if (decoded.success) return decoded.data;
    throw new ReadError(
      'E_BROKER',
      `The broker's answer was not understood: ${firstIssue(decoded.error)}.`,
      200,
    );
  }

  async close(): Promise<void> {
    this.#closing.abort(new TraderError('E_ACCOUNT_CLOSED'));
    await this.#pool.destroy();
  }

  async #answer(request: ReadRequest): Promise<unknown> {
    const { elapsed, timeouts, rates } = this.#parts;
    const category = categoryOf(request.path);
    const deadline = elapsed.now() + timeouts.readBudgetMs;
    for (let attempt = 1; ; attempt++) {
      await this.#window(category, request.spare === true, deadline);
      if (category) rates.take(category);
      const result = await this.#try(request, category, deadline);
      if (result.kind === 'answer') return result.json;
      if (result.kind === 'failed' || request.repeatable === false || attempt === TRIES) throw result.error;
      const wait = result.waitMs ?? this.#backoff(attempt);
      if (elapsed.now() + wait >= deadline) throw result.error;
      await this.#sleep(wait);
    }
  }

  /** Waits for the next minute when this one's quota is used up, if that is soon enough. */
  async #window(category: RateCategory | null, spare: boolean, deadline: ElapsedMs): Promise<void> {
    const wait = category ? this.#parts.rates.waitMs(category, spare ? KEPT_FROM_SPARE : 0) : 0;
    if (wait <= 0) return;
    if (spare || this.#parts.elapsed.now() + wait >= deadline) {
      const seconds = Math.ceil(wait / 1000);
      throw new ReadError(
        'E_RATE_LIMIT',
        `The broker's quota of this minute is ${spare ? 'kept for other reads' : 'used up'}; it is renewed in ${seconds} s.`,
      );
    }
    await this.#sleep(wait);
  }

  async #try(request: ReadRequest, category: RateCategory | null, deadline: ElapsedMs): Promise<Try> {
    const { elapsed, timeouts, rates, endpoints } = this.#parts;
    const abort = new AbortController();
    const stop = () => abort.abort(new ReadError('E_ACCOUNT_CLOSED', 'The account is shutting down.'));
    const limit = Math.min(timeouts.readTryMs, deadline - elapsed.now());
    const late = new ReadError(
      'E_BROKER_UNREACHABLE',
      `The broker did not answer within ${Math.ceil(limit)} ms.`,
    );
    const timer = elapsed.after(limit, () => abort.abort(late));
    this.#closing.signal.addEventListener('abort', stop);
    try {
      this.#closing.signal.throwIfAborted();
      const reply = await this.#pool.request({
        path: request.atOrigin ? request.path : endpoints.prefix + request.path,
        method: request.form ? 'POST' : 'GET',
        headers: this.#headers(request),
        body: request.form ? request.form.toString() : null,
        signal: abort.signal,
      });
      if (category) rates.note(category, reply.headers);
      const body = await reply.body.text();
      return this.#judge(reply.statusCode, body, reply.headers);
    } catch (error) {
      if (this.#closing.signal.aborted) return { kind: 'failed', error: closed() };
      if (error === late) return { kind: 'again', error: late, waitMs: null };
      const unreachable = new ReadError(
        'E_BROKER_UNREACHABLE',
        `The broker could not be reached: ${networkWords(error)}.`,
      );
      return { kind: 'again', error: unreachable, waitMs: null };
    } finally {
      timer.cancel();
      this.#closing.signal.removeEventListener('abort', stop);
    }
  }

  #judge(status: number, body: string, headers: Record<string, string | string[] | undefined>): Try {
    const json = parseJson(body);
    const said = this.#parts.withoutSecrets(inWords(status, body, json));
    const failed = (code: ErrorCode, message: string): Try => ({
      kind: 'failed',
      error: new ReadError(code, message, status, status === 401 && isForeignOrder(body)),
    });
    if (isTokenRefusal(status, body, json))
      return failed('E_BROKER_AUTH', `The broker refused the token: ${said}.`);
    if (status === 401 || status === 403)
      return failed('E_BROKER_AUTH', `The broker refused access: ${said}.`);
    if (status === 429) {
      const expiry = quotaExpiry(headers, body);
      const error = new ReadError(
        'E_RATE_LIMIT',
        `The broker's quota of this minute is used up: ${said}.`,
        status,
      );
      // A quota without a stated end is waited for as long as one window can last: too long for any budget.
      return { kind: 'again', error, waitMs: expiry === null ? 60_000 : this.#parts.rates.untilWall(expiry) };
    }
    const error = new ReadError('E_BROKER', `The broker answered: ${said}.`, status);
    if (status >= 500 || (status === 200 && (json === undefined || faultIn(json) !== null))) {
      return { kind: 'again', error, waitMs: null };
    }
    if (status !== 200 || errorsIn(json) !== null) return { kind: 'failed', error };
    return { kind: 'answer', json };
  }

  #headers(request: ReadRequest): Record<string, string> {
    const headers: Record<string, string> = {
      authorization: this.#parts.authorization,
      accept: 'application/json',
    };
    if (request.form) headers['content-type'] = 'application/x-www-form-urlencoded';
    return headers;
  }

  #backoff(attempt: number): number {
    const { timeouts, chance } = this.#parts;
    return timeouts.readBackoffMs * 2 ** (attempt - 1) * (0.5 + chance.fraction());
  }

  async #sleep(ms: number): Promise<void> {
    try {
      await this.#parts.elapsed.sleep(ms, this.#closing.signal);
    } catch {
      throw closed();
    }
  }
}

export interface ReaderParts {
  endpoints: Endpoints;
  /** The whole header value, `Bearer …`. */
  authorization: string;
  elapsed: ElapsedTime;
  chance: Chance;
  rates: RateLimits;
  timeouts: TradierTimeouts;
  /** A broker's text with every secret struck out. */
  withoutSecrets(text: string): string;
}

/** null for what no quota counts: the simulator's own control paths. */
function categoryOf(path: string): RateCategory | null {
  if (path.startsWith('/_sim/')) return null;
  return path.includes('/markets/') ? 'market' : 'standard';
}

function closed(): ReadError {
  return new ReadError('E_ACCOUNT_CLOSED', 'The account is shutting down.');
}
