import type { Clock } from '../../domain/clock.ts';
import { intentId as idOf } from '../../domain/ids.ts';
import type { OrderIntent } from '../../domain/order.ts';
import type { Journal } from '../journal/journal.ts';
import type { ProtectionRecord } from '../journal/protections.ts';
import { type PlacementParts, placeOrder } from '../placement.ts';
import { closingSide } from '../request.ts';
import { protectionLeg } from '../roles.ts';
import { isBeyond } from './terms.ts';

/** What the gate says of an intent of the account itself. */
export type Approve = (
  intent: OrderIntent,
) => { kind: 'approved'; intent: OrderIntent } | { kind: 'refused'; reason: string };

export interface RenewalParts {
  journal: Journal;
  clock: Clock;
  placement: PlacementParts;
  approve: Approve;
}

export type Renewed = { kind: 'sent' | 'unknown'; intentId: string } | { kind: 'refused'; reason: string };

/**
 * Puts orders at the broker for shares nothing stands by for, through gate and desk like any other order. When the price
 * is beyond the stop already, the stop would have traded: the shares are sold (or covered) at the market.
 */
export async function renew(
  parts: RenewalParts,
  terms: ProtectionRecord,
  quantity: number,
  price: number | null,
): Promise<Renewed> {
  const entry = parts.journal.intents.find(terms.intentId);
  if (!entry) return { kind: 'refused', reason: 'the entry that asked for it is not in the journal' };
  const { approve, placement } = parts;
  const approved = approve(protectiveIntent(parts, terms, entry.intent, quantity, price));
  if (approved.kind === 'refused') return approved;
  const { intentId } = approved.intent;
  const placed = await placeOrder(placement, approved.intent, entry.origin);
  switch (placed.kind) {
    case 'acknowledged':
      return { kind: 'sent', intentId };
    case 'unknown':
      return { kind: 'unknown', intentId };
    case 'rejected':
      return { kind: 'refused', reason: placed.order.reason ?? placed.order.status };
    case 'blocked':
      return { kind: 'refused', reason: placed.refusals.map(({ message }) => message).join('; ') };
  }
}

function protectiveIntent(
  { journal, clock }: RenewalParts,
  terms: ProtectionRecord,
  entry: OrderIntent,
  quantity: number,
  price: number | null,
): OrderIntent {
  const { leg, id } = nextLeg(journal, terms, entry);
  const { bracket: _, permit: __, price: ___, stop: ____, target: _____, ...same } = entry;
  const { stop, stopLimit, takeProfit, duration } = terms;
  const base = {
    ...same,
    intentId: id,
    leg,
    side: closingSide(entry.side),
    quantity,
    duration,
    reduceOnly: true,
  };
  journal.protections.save({ ...terms, renewals: Number(leg.split('-')[1]), setWall: clock.wall.now() });
  if (isBeyond(terms, entry.side === 'buy', price)) {
    return {
      ...base,
      type: 'market',
      duration: 'day',
      reason: `the price ${price} is beyond the stop ${stop}`,
    };
  }
  if (stop === null) {
    return { ...base, type: 'limit', price: takeProfit ?? 0, reason: 'puts back the take profit' };
  }
  return {
    ...base,
    type: stopLimit === null ? 'stop' : 'stop_limit',
    stop,
    ...(stopLimit === null ? {} : { price: stopLimit }),
    ...(takeProfit === null ? {} : { bracket: { takeProfit, duration } }),
    reason: 'puts back the stop',
  };
}

/** The first number that names an order of its own: two entries of one signal share the numbers. */
function nextLeg(journal: Journal, terms: ProtectionRecord, entry: OrderIntent): { leg: string; id: string } {
  for (let n = terms.renewals + 1; ; n += 1) {
    const leg = protectionLeg(n);
    const id = idOf(entry.signalKey, entry.strategy, leg);
    if (journal.intents.find(id) === null) return { leg, id };
  }
}
