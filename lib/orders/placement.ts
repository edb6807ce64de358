import type { Order, OrderIntent } from '../domain/order.ts';
import type { Refusal } from '../domain/trace.ts';
import type { Closing } from './closing.ts';
import { type OrderDesk, orderOf, type SendResult } from './desk.ts';
import type { Follower } from './follow.ts';
import type { Origin } from './journal/intents.ts';
import type { Journal } from './journal/journal.ts';
import type { OrderMessages } from './messages.ts';
import type { Reconciler } from './reconcile.ts';

export type PlaceResult =
  /** The broker has it. */
  | { kind: 'acknowledged'; order: Order }
  /** It is not at the broker, and never will be: refused by the broker, or it never left. */
  | { kind: 'rejected'; order: Order }
  /** Nothing was sent; `code` says why (E_NO_PERMIT, E_PERMIT_SPENT, E_INTENT_ALTERED, …). */
  | { kind: 'blocked'; code: string; refusals: Refusal[] }
  /** Sent, outcome not known; later states come as order changes. */
  | { kind: 'unknown'; order: Order };

export interface PlacementParts {
  journal: Journal;
  desk: OrderDesk;
  follower: Follower;
  reconciler: Reconciler;
  messages: OrderMessages;
  /** The way of an exit whose position is protected. */
  closing: Closing;
  simulated: boolean;
  /** An approved order that never came to be. */
  fellThrough: (intent: OrderIntent) => void;
  log: (level: 'warn', message: string) => void;
}

/** Sends one approved order and says what is known of it then; everything later is told as a change. */
export async function placeOrder(
  parts: PlacementParts,
  intent: OrderIntent,
  origin: Origin,
): Promise<PlaceResult> {
  const { closing, desk } = parts;
  const sent = await (closing.needed(intent) ? closing.run(intent, origin) : desk.send(intent, origin));
  if (sent.kind === 'ended') return result(parts, intent);
  if (sent.kind === 'blocked') {
    // A signal that was turned away here is decided: a restart must not bring it back. A closing account decides nothing.
    const decided = sent.code !== 'E_PERMIT_SPENT' && sent.code !== 'E_ACCOUNT_CLOSED';
    if (decided) parts.journal.inbox.decide(intent.signalKey, sent.refusals);
    if (sent.code === 'E_PERMIT_EXPIRED' || sent.code === 'E_HALTED') parts.fellThrough(intent);
    return sent;
  }
  try {
    return await told(parts, intent, sent);
  } catch (error) {
    parts.messages.release(intent.intentId, false);
    throw error;
  }
}

async function told(
  parts: PlacementParts,
  intent: OrderIntent,
  sent: Extract<SendResult, { kind: 'sent' }>,
): Promise<PlaceResult> {
  await follow(parts, sent);
  const placed = result(parts, intent);
  // The desk holds the order's messages from its first write on; nothing can come between these two lines.
  parts.messages.release(intent.intentId, true);
  return placed;
}

/** The order of an exit that an earlier process had begun: nobody waits for its result, so all of it is told. */
export async function followUnasked(
  parts: PlacementParts,
  intent: OrderIntent,
  sent: Extract<SendResult, { kind: 'sent' }>,
): Promise<void> {
  try {
    await follow(parts, sent);
  } finally {
    parts.messages.release(intent.intentId, false);
  }
}

async function follow(
  parts: PlacementParts,
  { attempt, outcome }: Extract<SendResult, { kind: 'sent' }>,
): Promise<void> {
  if (outcome.kind === 'acknowledged') parts.follower.acknowledged(outcome.orderId);
  if (outcome.kind === 'unknown' && outcome.expectRejected) {
    await parts.reconciler.decideRejection(attempt).catch((error: unknown) => {
      parts.log('warn', `the rejection of ${attempt.tag} could not be confirmed yet: ${String(error)}`);
    });
  }
  if (outcome.kind === 'unknown') parts.follower.nudge(500);
}

function result(parts: PlacementParts, intent: OrderIntent): PlaceResult {
  const order = orderOf(parts, intent.intentId);
  if (!order) throw new Error(`intent ${intent.intentId} was sent and is not in the journal`);
  if (order.status === 'unknown') return { kind: 'unknown', order };
  if (order.id !== null) return { kind: 'acknowledged', order };
  parts.fellThrough(intent);
  return { kind: 'rejected', order };
}
