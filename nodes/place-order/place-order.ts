import type { NodeAPI, NodeMessage } from 'node-red';
import type { TradingAccount } from '../../lib/account.ts';
import { systemElapsed } from '../../lib/domain/clock.ts';
import { TraderError } from '../../lib/domain/errors.ts';
import { type Order, type OrderIntent, orderIntentSchema } from '../../lib/domain/order.ts';
import type { Refusal } from '../../lib/domain/trace.ts';
import { defineNode, type NodeDefinition, type Outgoing, type Send } from '../kit/define-node.ts';
import { carry, parsePayload, passThrough, reasons, traced } from '../kit/messages.ts';
import type { StatusLight } from '../kit/status.ts';

/** How long the answer of an order waits for the node a deploy puts in the place of this one. */
const SUCCESSOR_WAIT_MS = 250;
const SUCCESSOR_TRIES = 40;

/** States in which the order failed, or nobody knows: they leave at the second output. */
const FAILED: ReadonlySet<string> = new Set(['rejected', 'error', 'not_sent', 'absent', 'unknown']);

const placeOrder: NodeDefinition<object> = {
  type: 'place-order',
  parse: () => ({}),
  start({ RED, node, life, account, status, send }) {
    const name = node.name || node.type;

    const orderMessage = (open: TradingAccount, msg: NodeMessage, order: Order): (NodeMessage | null)[] => {
      const said = { node: name, decision: order.status, because: because(order), figures: figures(order) };
      const out = {
        ...carry(msg, order, order.symbol, traced(msg, open.clock.wall, said)),
        intentId: order.intentId,
      };
      return FAILED.has(order.status) ? [null, out] : [out, null];
    };

    account.whenOpen((open, until) => {
      until.own(
        open.orderChanges.on(({ order, origin }) => {
          if (origin.nodeId !== node.id || life.closed) return false;
          showOrder(status, order);
          send(orderMessage(open, origin.passThrough, order));
          return true;
        }),
      );
    });

    /** An answer that comes after a deploy leaves from the node that took this one's place. */
    const answer = (message: Outgoing, sendNow: Send): void => {
      if (life.closed) sendFromSuccessor(message, SUCCESSOR_TRIES);
      else sendNow(message);
    };
    /** In the middle of a deploy there is neither node for a moment. */
    const sendFromSuccessor = (message: Outgoing, tries: number): void => {
      const successor = RED.nodes.getNode(node.id);
      if (successor) successor.send(message);
      else if (tries > 0) systemElapsed.after(SUCCESSOR_WAIT_MS, () => sendFromSuccessor(message, tries - 1));
    };

    return async (msg, sendNow) => {
      const open = await account.open();
      const intent = parsePayload(orderIntentSchema, msg.payload, 'an order approved by risk-check');
      status.show('busy', 'sent', `${intent.quantity} ${intent.symbol}`);
      const result = await open.place(intent, { nodeId: node.id, passThrough: passThrough(msg) });
      if (result.kind === 'blocked') {
        const { code, refusals } = result;
        status.refused([{ rule: code, message: '' }], `${intent.quantity} ${intent.symbol}`);
        answer([null, blocked(open, name, msg, intent, code, refusals)], sendNow);
        return;
      }
      showOrder(status, result.order);
      answer(orderMessage(open, msg, result.order), sendNow);
      if (result.kind === 'unknown') {
        throw new TraderError('E_ORDER_UNKNOWN', undefined, { field: 'intentId', value: intent.intentId });
      }
    };
  },
};

function blocked(
  open: TradingAccount,
  node: string,
  msg: NodeMessage,
  intent: OrderIntent,
  code: string,
  refusals: Refusal[],
): NodeMessage {
  const said = { node, decision: 'blocked', because: reasons(refusals), figures: { code } };
  const payload = { ...intent, code, refusals };
  return {
    ...carry(msg, payload, intent.symbol, traced(msg, open.clock.wall, said)),
    intentId: intent.intentId,
  };
}

const ROLES: Readonly<Record<Order['role'], string>> = {
  entry: '',
  exit: '',
  stop_loss: 'stop: ',
  take_profit: 'target: ',
};

function because(order: Order): string {
  const at = order.stop ?? order.price;
  const price = at === undefined ? '' : ` ${order.type} ${at}`;
  const what = `${ROLES[order.role]}${order.side} ${order.quantity} ${order.symbol}${price}`;
  const done =
    order.execQuantity > 0
      ? `, ${order.execQuantity} filled at ${order.avgFillPrice ?? 'an unknown price'}`
      : '';
  const state = order.status.endsWith('filled') ? '' : `, ${order.status.replaceAll('_', ' ')}`;
  return `${what}${done}${state}${order.reason ? `: ${order.reason}` : ''}`;
}

function figures({ id, role, quantity, execQuantity, avgFillPrice }: Order) {
  return { id, role, quantity, execQuantity, avgFillPrice };
}

function showOrder(
  status: StatusLight,
  { status: state, role, execQuantity, quantity, symbol }: Order,
): void {
  // What stands by speaks below the node only when it acts.
  if ((role === 'stop_loss' || role === 'take_profit') && execQuantity === 0 && !FAILED.has(state)) return;
  const what = `${quantity} ${symbol}`;
  if (state === 'filled') status.show('ok', 'filled', what);
  else if (state === 'unknown') status.show('stale', 'unknown');
  else if (FAILED.has(state)) status.show('failed', 'refused', what);
  else if (state === 'canceled' || state === 'expired') status.show('idle', '', `${state} ${symbol}`);
  else if (execQuantity > 0) status.show('busy', 'filled', `${execQuantity}/${what}`);
  else status.show('busy', 'sent', what);
}

/** Sends an approved order once, and tells each change of it. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('place-order', defineNode(RED, placeOrder));
}
