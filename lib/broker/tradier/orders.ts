import type { ElapsedTime } from '../../domain/clock.ts';
import { ERRORS, show, TraderError } from '../../domain/errors.ts';
import type { CancelOutcome, OrderPreview, OrderRequest, PlaceLimits, PlaceOutcome } from '../port.ts';
import type { Endpoints } from './endpoints.ts';
import { errorsIn, inWords, parseJson } from './failures.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { previewReply } from './order-documents.ts';
import { classifyCancellation, classifyPlacement, type WriteObservation } from './outcome.ts';
import type { RateLimits } from './rate-limits.ts';
import type { TradierTimeouts } from './timeouts.ts';
import { transmitOnce } from './transmit.ts';

/** The part of the minute's order budget that entries leave to exits and cancellations. */
const KEPT_FOR_EXITS = 0.3;

export interface OrderWriterParts {
  endpoints: Endpoints;
  accountId: string;
  /** The whole header value, `Bearer …`. */
  authorization: string;
  /** True where no order write may leave this process at all. */
  locked: boolean;
  elapsed: ElapsedTime;
  rates: RateLimits;
  timeouts: TradierTimeouts;
  withoutSecrets(text: string): string;
}

/** Places and cancels orders. Each write is transmitted once; placements of the account never overlap. */
export class OrderWriter {
  readonly #parts: OrderWriterParts;
  readonly #path: string;
  readonly #queue: OneAtATime;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  constructor(parts: OrderWriterParts) {
    this.#parts = parts;
    this.#path = `${parts.endpoints.prefix}/accounts/${encodeURIComponent(parts.accountId)}/orders`;
    this.#queue = new OneAtATime(parts.elapsed);
  }

  async place(order: OrderRequest, limits: PlaceLimits = {}): Promise<PlaceOutcome> {
    const queueMs = limits.queueMs ?? this.#parts.timeouts.queueMs;
    if (this.#parts.locked) return notSent(ERRORS.E_LIVE_LOCKED);
    const fault = faultOf(order);
    if (fault !== null) return notSent(fault);
    const outcome = await this.#queue.run(async () => {
      if (this.#closed) return notSent(ERRORS.E_ACCOUNT_CLOSED);
      const budget = this.#budgetRefusal(order);
      if (budget !== null) return notSent(budget);
      const seen = await this.#send('POST', this.#path, formOf(order).toString(), limits.proceed);
      return this.#inWords(classifyPlacement(seen));
    }, queueMs);
    return outcome ?? notSent(`Another order of this account was still being sent after ${queueMs} ms.`);
  }

  async cancel(id: number): Promise<CancelOutcome> {
    if (this.#parts.locked) return { kind: 'failed', reason: ERRORS.E_LIVE_LOCKED };
    if (this.#closed) return { kind: 'failed', reason: ERRORS.E_ACCOUNT_CLOSED };
    if (!Number.isSafeInteger(id) || id <= 0)
      return { kind: 'failed', reason: `${show(id)} is not an order id.` };
    return this.#inWords(classifyCancellation(await this.#send('DELETE', `${this.#path}/${id}`, '')));
  }

  /** Goes the way of a placement, in its queue, so that even a preview the broker took for an order stays single. */
  async preview(order: OrderRequest): Promise<OrderPreview> {
    if (this.#parts.locked) throw new TraderError('E_LIVE_LOCKED');
    const fault = faultOf(order);
    if (fault !== null) throw new TraderError('E_INPUT', fault);
    const form = formOf(order);
    form.set('preview', 'true');
    const seen = await this.#queue.run(async () => {
      if (this.#closed) throw new TraderError('E_ACCOUNT_CLOSED');
      return this.#send('POST', this.#path, form.toString());
    }, this.#parts.timeouts.requestMs);
    if (seen === null)
      throw new TraderError('E_BROKER', 'Other orders of this account were being sent for too long.');
    return previewOf(seen, this.#parts.withoutSecrets);
  }

  /** Lets what is on the wire end for closeMs, then cuts it: the journal has it as sent and will look it up. */
  async close(): Promise<void> {
    this.#closed = true;
    const cut = this.#parts.elapsed.after(this.#parts.timeouts.closeMs, () => this.#closing.abort());
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    cut.cancel();
  }

  async #send(
    method: 'POST' | 'DELETE',
    path: string,
    body: string,
    proceed: () => boolean = () => true,
  ): Promise<WriteObservation> {
    const { endpoints, authorization, timeouts, elapsed, rates } = this.#parts;
    const headers: Record<string, string> = { authorization, accept: 'application/json' };
    if (method === 'POST') headers['content-type'] = 'application/x-www-form-urlencoded';
    rates.take('trading');
    const limits = {
      connectMs: timeouts.connectMs,
      requestMs: timeouts.requestMs,
      signal: this.#closing.signal,
      proceed,
    };
    const sending = transmitOnce({ method, origin: endpoints.origin, path, headers, body }, limits, elapsed);
    this.#running.add(sending);
    const seen = await sending;
    this.#running.delete(sending);
    if (seen.reply) rates.note('trading', seen.reply.headers);
    return seen;
  }

  /** Exits are never held back here: the broker itself may refuse them, and then says so. */
  #budgetRefusal(order: OrderRequest): string | null {
    const entry = order.side === 'buy' || order.side === 'sell_short';
    const wait = entry ? this.#parts.rates.waitMs('trading', KEPT_FOR_EXITS) : 0;
    if (wait <= 0) return null;
    return `The rest of this minute's order quota is kept for exits; it is renewed in ${Math.ceil(wait / 1000)} s.`;
  }

  #inWords<T extends PlaceOutcome | CancelOutcome>(outcome: T): T {
    return 'reason' in outcome ? { ...outcome, reason: this.#parts.withoutSecrets(outcome.reason) } : outcome;
  }
}

function notSent(reason: string): PlaceOutcome {
  return { kind: 'not_sent', reason };
}

/** What would make Tradier refuse the form itself; null when there is nothing. */
function faultOf(order: OrderRequest): string | null {
  const { symbol, quantity, type, price, stop, tag } = order;
  if (!/^[A-Za-z0-9/.-]{1,24}$/.test(symbol)) return `symbol: ${show(symbol)} is not a symbol.`;
  if (!Number.isSafeInteger(quantity) || quantity < 1 || quantity > 10_000_000) {
    return `quantity: ${show(quantity)} is not a whole number from 1 to 10,000,000.`;
  }
  if (!/^[A-Za-z0-9-]{1,255}$/.test(tag))
    return `tag: ${show(tag)} has characters Tradier refuses, or is too long.`;
  return (
    priceFault('price', price, type === 'limit' || type === 'stop_limit', type) ??
    priceFault('stop', stop, type === 'stop' || type === 'stop_limit', type)
  );
}

function priceFault(field: string, value: number | undefined, needed: boolean, type: string): string | null {
  if (!needed) return value === undefined ? null : `${field}: a ${type} order has none.`;
  if (value === undefined || !Number.isFinite(value) || value <= 0)
    return `${field}: ${show(value)} is not a price.`;
  return String(value).includes('e') ? `${field}: ${show(value)} is not a price.` : null;
}

function formOf(order: OrderRequest): URLSearchParams {
  const form = new URLSearchParams({
    class: 'equity',
    symbol: order.symbol,
    side: order.side,
    quantity: String(order.quantity),
    type: order.type,
    duration: order.duration,
    tag: order.tag,
  });
  if (order.price !== undefined) form.set('price', String(order.price));
  if (order.stop !== undefined) form.set('stop', String(order.stop));
  return form;
}

function previewOf(seen: WriteObservation, withoutSecrets: (text: string) => string): OrderPreview {
  const { reply } = seen;
  if (!reply?.whole) {
    throw new TraderError(
      'E_BROKER_UNREACHABLE',
      `The preview got no answer: ${seen.failure?.words ?? 'incomplete'}.`,
    );
  }
  const json = parseJson(reply.body);
  const shown = previewReply.safeParse(json);
  const errors = errorsIn(json);
  if (reply.status === 200 && shown.success && errors === null) {
    const { result, status, cost, commission, margin_change, errors: reasons } = shown.data;
    const ok = status === 'ok' && result !== false && reasons.length === 0;
    return { ok, cost, commission, marginChange: margin_change, reasons };
  }
  const refused = errors !== null || (reply.status === 400 && reply.body.startsWith('Invalid parameter'));
  const said = withoutSecrets(inWords(reply.status, reply.body, json));
  if (!refused) throw new TraderError('E_BROKER', `The broker answered the preview: ${said}.`);
  return { ok: false, cost: 0, commission: 0, marginChange: 0, reasons: errors ?? [said] };
}
