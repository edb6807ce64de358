import type { Node, NodeAPI, NodeDef } from 'node-red';
import { systemWall } from '../../lib/domain/clock.ts';
import type { Signal } from '../../lib/domain/signal.ts';
import { number, text } from '../kit/config.ts';
import { defineNode, type NodeDefinition, type NodeTools, showAccount } from '../kit/define-node.ts';
import { traced } from '../kit/messages.ts';
import { claimPath, plainPath, type RouteState } from '../kit/routes.ts';
import { alertRoutes } from './alert-routes.ts';

interface Config {
  path: string;
  book: string;
  maxAgeMs: number;
}

interface Credentials {
  secret?: string;
}

type Tools = NodeTools<Config, Credentials>;

/** Downstream nodes need a moment to be there after a deploy. */
const RESEND_MS = 250;

const webhookIn: NodeDefinition<Config, Credentials> = {
  type: 'webhook-in',
  parse: (raw) => ({
    path: plainPath(text(raw, 'path', '/webhook/tradingview')),
    book: text(raw, 'book', 'tradingview').slice(0, 64),
    maxAgeMs: number(raw, 'maxAge', 30, { min: 1, max: 3_600 }) * 1_000,
  }),
  start(tools) {
    const { RED, node, config, life, status, account } = tools;
    const secret = node.credentials?.secret || process.env.TRADER_WEBHOOK_SECRET;
    if (!secret) {
      status.pin('down', 'noSecret');
      node.warn('no secret is set, so the webhook does not answer: set one here or as TRADER_WEBHOOK_SECRET');
      return undefined;
    }
    const onState = (state: RouteState) => {
      if (state.kind === 'open') {
        status.unpin();
        showAccount(status, account.view());
      } else if (state.kind === 'taken') {
        status.pin('down', 'pathTaken', state.by.label);
        node.warn(`the path ${config.path} is already answered by ${state.by.label} (${state.by.id})`);
      } else {
        status.pin('down', 'misconfigured');
        node.warn('httpNodeRoot is false in the settings, so no webhook can answer');
      }
    };
    const owner = { id: node.id, label: node.name || node.type };
    life.own(
      claimPath(
        RED,
        config.path,
        owner,
        alertRoutes({ ...tools, secrets: [secret], emit: (signal) => emit(tools, signal) }),
        onState,
      ),
    );

    account.whenOpen((open, until) => {
      // Read now, before new alerts can arrive; sent when the flow is there to take them.
      const undecided = open.undecided(node.id, config.maxAgeMs);
      if (undecided.length === 0) return;
      until.after(RESEND_MS, () => {
        for (const signal of undecided)
          emit(tools, signal, ', accepted before the restart and not decided yet');
      });
    });
    return undefined;
  },
};

/** Lets a recorded signal go down the wire; what is lost from here on goes out again at the next start. */
function emit({ node, send }: Tools, signal: Signal, note = ''): void {
  const { id, action, symbol, price = null, quantity = null, target = null } = signal;
  const size = target ?? quantity;
  const because = `${action}${size === null ? '' : ` ${size}`} ${symbol}, alert ${id}${note}`;
  const figures = { price, quantity, target };
  const trace = traced({}, systemWall, {
    node: node.name || node.type,
    decision: 'accepted',
    because,
    figures,
  });
  send({ payload: signal, topic: symbol, trace });
}

/** Receives TradingView's alerts over HTTP and sends each one, once, as a signal. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType<Node<Credentials>, NodeDef, unknown, Credentials>(
    'webhook-in',
    defineNode<Config, Credentials>(RED, webhookIn),
    {
      credentials: { secret: { type: 'password' } },
    },
  );
}
