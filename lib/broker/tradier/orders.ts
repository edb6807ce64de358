import type { ElapsedTime } from '../../domain/clock.ts';
import { ERRORS, show, TraderError } from '../../domain/errors.ts';
import type {
  CancelOutcome,
  ChangeOutcome,
  OrderChange,
  OrderPreview,
  OrderRequest,
  PlaceLimits,
  PlaceOutcome,
} from '../port.ts';
import type { Endpoints } from './endpoints.ts';
import { errorsIn, inWords, parseJson } from './failures.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { previewReply } from './order-documents.ts';
import { changeFaultOf, changeFormOf, faultOf, formOf, isEntry } from './order-forms.ts';
import { classifyCancellation, classifyChange, classifyPlacement, type WriteObservation } from './outcome.ts';
import type { RateLimits } from './rate-limits.ts';
import type { TradierTimeouts } from './timeouts.ts';
import { type Transmission, transmitOnce } from './transmit.ts';

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

/** Places, changes and cancels orders. Each write is transmitted once; placements of the account never overlap. */
export class OrderWriter {
  readonly #parts: OrderWriterParts;
  readonly #path: string;
  readonly #queue: OneAtATime;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  /** Orders of which a change is on the wire: two at once could arrive in the wrong order. */
  readonly #changing = new Set<number>();
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
    if (!isOrderId(id)) return { kind: 'failed', reason: `${show(id)} is not an order id.` };
    return this.#inWords(classifyCancellation(await this.#send('DELETE', `${this.#path}/${id}`, '')));
  }

  /** Beside placements, not behind them: a stop that moves must not wait for an order that hangs. */
  async change(id: number, change: OrderChange): Promise<ChangeOutcome> {
    if (this.#parts.locked) return notSent(ERRORS.E_LIVE_LOCKED);
    if (this.#closed) return notSent(ERRORS.E_ACCOUNT_CLOSED);
    if (!isOrderId(id)) return notSent(`${show(id)} is not an order id.`);
    const fault = changeFaultOf(change);
    if (fault !== null) return notSent(fault);
    if (this.#changing.has(id)) return notSent('Another change of this order is still under way.');
    this.#changing.add(id);
    try {
      const seen = await this.#send('PUT', `${this.#path}/${id}`, changeFormOf(change).toString());
      return this.#inWords(classifyChange(seen, id));
    } finally {
      this.#changing.delete(id);
    }
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
    method: Transmission['method'],
    path: string,
    body: string,
    proceed: () => boolean = () => true,
  ): Promise<WriteObservation> {
    const { endpoints, authorization, timeouts, elapsed, rates } = this.#parts;
    const headers: Record<string, string> = { authorization, accept: 'application/json' };
    if (method !== 'DELETE') headers['content-type'] = 'application/x-www-form-urlencoded';
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
    const wait = isEntry(order) ? this.#parts.rates.waitMs('trading', KEPT_FOR_EXITS) : 0;
    if (wait <= 0) return null;
    return `The rest of this minute's order quota is kept for exits; it is renewed in ${Math.ceil(wait / 1000)} s.`;
  }

  #inWords<T extends PlaceOutcome | ChangeOutcome | CancelOutcome>(outcome: T): T {
    return 'reason' in outcome ? { ...outcome, reason: this.#parts.withoutSecrets(outcome.reason) } : outcome;
  }
}

function isOrderId(id: number): boolean {
  return Number.isSafeInteger(id) && id > 0;
}

function notSent(reason: string): { kind: 'not_sent'; reason: string } {
  return { kind: 'not_sent', reason };
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
