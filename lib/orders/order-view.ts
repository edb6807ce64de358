import { isoTime } from '../domain/clock.ts';
import type { Duration, Order, OrderIntent, OrderRole, OrderType } from '../domain/order.ts';
import type { OutcomeOrder } from '../webhook/inbox.ts';
import type { AttemptRecord } from './journal/attempts.ts';
import type { BrokerOrderRecord } from './journal/broker-orders.ts';
import type { IntentRecord } from './journal/intents.ts';
import { isProtective } from './roles.ts';

const BEFORE_THE_BROKER: Record<AttemptRecord['state'], string> = {
  SENDING: 'sending',
  ACKED: 'pending',
  REJECTED: 'rejected',
  NOT_SENT: 'not_sent',
  UNKNOWN: 'unknown',
  ABSENT: 'absent',
  MANUAL: 'unknown',
};

/** States in which an attempt is shown with this status while the broker said nothing of its order. */
export function statesShownAs(status: string): AttemptRecord['state'][] {
  const states = Object.keys(BEFORE_THE_BROKER) as AttemptRecord['state'][];
  return states.filter((state) => BEFORE_THE_BROKER[state] === status);
}

/** The order of an intent as a flow sees it, from what the journal knows of it. */
export function orderView(
  record: IntentRecord,
  attempt: AttemptRecord,
  broker: BrokerOrderRecord | null,
  simulated: boolean,
): Order {
  const { intent } = record;
  const status = broker ? broker.status : BEFORE_THE_BROKER[attempt.state];
  const terms = termsOf(intent, attempt, broker);
  return {
    id: broker?.orderId ?? attempt.orderId,
    parentId: broker?.parentId ?? null,
    role: roleOf(intent, broker),
    intentId: intent.intentId,
    signalKey: intent.signalKey,
    tag: attempt.tag,
    account: intent.account,
    book: intent.book,
    strategy: intent.strategy,
    symbol: intent.symbol,
    ...terms,
    status,
    execQuantity: broker?.cumQuantity ?? 0,
    remainingQuantity: broker ? broker.remaining : stillOpen(attempt) ? terms.quantity : 0,
    avgFillPrice: broker?.averagePrice ?? null,
    reason: broker?.reason ?? (attempt.outcome === '' ? null : attempt.outcome),
    createdAt: broker?.createdAt ?? attempt.sentMarket,
    updatedAt: broker?.updatedAt || attempt.sentMarket,
    simulated,
  };
}

/** The order of an intent of which nothing was sent, and nothing will be. */
export function unsentView(record: IntentRecord, reason: string, simulated: boolean): Order {
  const attempt: AttemptRecord = {
    intentId: record.intent.intentId,
    n: 0,
    tag: '',
    state: 'NOT_SENT',
    sentWall: record.createdAt,
    sentMarket: record.createdAt,
    session: '',
    outcome: reason,
    orderId: null,
    externalBefore: null,
    quantity: null,
    request: null,
  };
  return orderView(record, attempt, null, simulated);
}

/** What the broker has, else what was sent, else what the intent asks for. */
function termsOf(intent: OrderIntent, attempt: AttemptRecord, broker: BrokerOrderRecord | null) {
  const own = broker !== null && broker.type !== null;
  const price = own ? broker.price : intent.price;
  const stop = own ? broker.stop : intent.stop;
  const whole = broker === null || broker.role === 'group' ? attempt.quantity : broker.quantity;
  return {
    side: broker?.side ?? intent.side,
    quantity: whole ?? intent.quantity,
    type: (own ? broker.type : intent.type) as OrderType,
    ...(price === null || price === undefined ? {} : { price }),
    ...(stop === null || stop === undefined ? {} : { stop }),
    duration: (broker?.duration ?? intent.duration) as Duration,
  };
}

function roleOf(intent: OrderIntent, broker: BrokerOrderRecord | null): OrderRole {
  if (broker?.role === 'stop_loss' || broker?.role === 'take_profit') return broker.role;
  if (!intent.reduceOnly) return 'entry';
  return isProtective(intent) ? 'stop_loss' : 'exit';
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
