import { isoTime } from '../domain/clock.ts';
import type { Order } from '../domain/order.ts';
import type { OutcomeOrder } from '../webhook/inbox.ts';
import type { AttemptRecord } from './journal/attempts.ts';
import type { BrokerOrderRecord } from './journal/broker-orders.ts';
import type { IntentRecord } from './journal/intents.ts';

const BEFORE_THE_BROKER: Record<AttemptRecord['state'], string> = {
  SENDING: 'sending',
  ACKED: 'pending',
  REJECTED: 'rejected',
  NOT_SENT: 'not_sent',
  UNKNOWN: 'unknown',
  ABSENT: 'absent',
  MANUAL: 'unknown',
};

/** The order of an intent as a flow sees it, from what the journal knows of it. */
export function orderView(
  record: IntentRecord,
  attempt: AttemptRecord,
  broker: BrokerOrderRecord | null,
  simulated: boolean,
): Order {
  const { intent } = record;
  const status = broker ? broker.status : BEFORE_THE_BROKER[attempt.state];
  return {
    id: broker?.orderId ?? attempt.orderId,
    intentId: intent.intentId,
    signalKey: intent.signalKey,
    tag: attempt.tag,
    account: intent.account,
    book: intent.book,
    strategy: intent.strategy,
    symbol: intent.symbol,
    side: intent.side,
    quantity: intent.quantity,
    type: intent.type,
    ...(intent.price === undefined ? {} : { price: intent.price }),
    ...(intent.stop === undefined ? {} : { stop: intent.stop }),
    duration: intent.duration,
    status,
    execQuantity: broker?.cumQuantity ?? 0,
    remainingQuantity: broker ? broker.remaining : stillOpen(attempt) ? intent.quantity : 0,
    avgFillPrice: broker?.averagePrice ?? null,
    reason: broker?.reason ?? (attempt.outcome === '' ? null : attempt.outcome),
    createdAt: broker?.createdAt ?? attempt.sentMarket,
    updatedAt: broker?.updatedAt || attempt.sentMarket,
    simulated,
  };
}

export function outcomeOrder(order: Order): OutcomeOrder & { updatedAt: string } {
  return {
    id: order.id,
    status: order.status,
    symbol: order.symbol,
    side: order.side,
    quantity: order.quantity,
    execQuantity: order.execQuantity,
    avgFillPrice: order.avgFillPrice,
    tag: order.tag,
    reason: order.reason,
    updatedAt: isoTime(order.updatedAt),
  };
}

function stillOpen(attempt: AttemptRecord): boolean {
  return attempt.state === 'SENDING' || attempt.state === 'ACKED' || attempt.state === 'UNKNOWN';
}
