import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ElapsedTime } from '../lib/domain/clock.ts';
import * as errors from './errors.ts';
import { type Effect, effects, type Faults } from './faults.ts';
import { acceptsJson, Params, type Reply, send } from './http.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Router } from './router.ts';
import type { Venue } from './venue.ts';

/**
 * What stands in front of Tradier's API: token, quotas, the form of requests and answers, and the faults ordered
 * by a test.
 */
export class Gateway {
  readonly #router: Router;
  readonly #venue: Venue;
  readonly #limits: RateLimits;
  readonly #faults: Faults;
  readonly #token: Buffer;
  readonly #elapsed: ElapsedTime;
  readonly #closing: AbortSignal;
  readonly #onError: (error: unknown) => void;

  constructor(options: {
    router: Router;
    venue: Venue;
    limits: RateLimits;
    faults: Faults;
    token: string;
    elapsed: ElapsedTime;
    /** Aborted when the simulator stops, so that nobody waits for a delayed answer. */
    closing: AbortSignal;
    onError: (error: unknown) => void;
  }) {
    this.#router = options.router;
    this.#venue = options.venue;
    this.#limits = options.limits;
    this.#faults = options.faults;
    this.#token = Buffer.from(options.token);
    this.#elapsed = options.elapsed;
    this.#closing = options.closing;
    this.#onError = options.onError;
  }

  /** Answers one request whose body has been read. */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    asked: { path: string; query: URLSearchParams; body: string; host: string },
  ): Promise<void> {
    const method = request.method ?? 'GET';
    const hit = this.#faults.hit(method, asked.path);
    for (const effect of effects(hit, 'before')) {
      if (!(await this.#suffer(effect, response))) return;
    }
    const headers: Record<string, string> = {};
    const reply = this.#reply(request, asked, headers);
    for (const effect of effects(hit, 'after')) {
      if (effect.act === 'fail') {
        send(response, errors.backendFailure(), headers);
        return;
      }
      if (!(await this.#suffer(effect, response))) return;
    }
    send(
      response,
      reply.kind === 'json' && !acceptsJson(request) ? errors.xmlStub(reply.status) : reply,
      headers,
    );
  }

  /** False when nothing more is to be done. A client that gave up waiting changes nothing: its order is on the way. */
  async #suffer(effect: Effect, response: ServerResponse): Promise<boolean> {
    if (effect.act === 'wait') await this.#elapsed.sleep(effect.ms, this.#closing);
    else if (effect.act === 'cut') response.socket?.destroy();
    return effect.act !== 'cut';
  }

  #reply(
    request: IncomingMessage,
    asked: { path: string; query: URLSearchParams; body: string; host: string },
    headers: Record<string, string>,
  ): Reply {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined || !this.#isToken(token)) return errors.invalidToken();
    const method = request.method ?? 'GET';
    const match = this.#router.match(method, asked.path);
    const admission = this.#limits.count(token, match.category);
    Object.assign(headers, admission.headers);
    if (!admission.allowed) return errors.quotaViolation(admission.expiry);
    if (match.route === null) return match.reply;
    try {
      const params = new Params(asked.query, form(request, asked.body));
      this.#venue.catchUp();
      return match.route.handle({ params, path: match.path, host: asked.host });
    } catch (error) {
      if (error instanceof errors.InvalidParameter) return errors.invalidParameter(error);
      this.#onError(error);
      return errors.backendFailure();
    }
  }

  #isToken(token: string): boolean {
    const given = Buffer.from(token);
    return given.length === this.#token.length && timingSafeEqual(given, this.#token);
  }
}

/** JSON bodies carry no parameters at Tradier, but one that cannot be read is a client's mistake worth showing. */
function form(request: IncomingMessage, body: string): URLSearchParams {
  if (!(request.headers['content-type'] ?? '').toLowerCase().includes('json'))
    return new URLSearchParams(body);
  if (body.trim() !== '') {
    try {
      JSON.parse(body);
    } catch {
      throw new errors.InvalidParameter('body', 'is not JSON, though its content type says so.');
    }
  }
  return new URLSearchParams();
}
