import type { Node, NodeAPI, NodeDef } from 'node-red';
import { systemWall } from '../../lib/domain/clock.ts';
import type { Signal } from '../../lib/domain/signal.ts';
import { Intake } from '../../lib/webhook/intake.ts';
import { limitsOf } from '../../lib/webhook/rate-limit.ts';
import { Arrivals } from '../../lib/webhook/recent.ts';
import { defineNode, type NodeDefinition, type NodeTools, showAccount } from '../kit/define-node.ts';
import { carry, traced } from '../kit/messages.ts';
import { claimPath, type RouteState } from '../kit/routes.ts';
import { openOnWebhookPort, webhookPortSettings } from '../kit/webhook-port.ts';
import { adminRoutes, offerView } from './admin.ts';
import { alertRoutes } from './alert-routes.ts';
import { Departures } from './departures.ts';
import { resendUndecided } from './resend.ts';
import { type Config, migrations, parse } from './settings.ts';

interface Credentials {
  secret?: string;
  secret2?: string;
}

/** However many alerts are left because they waited too long, it is said once in this time. */
const LATE_MS = 1_000;

type Tools = NodeTools<Config, Credentials>;

const webhookIn: NodeDefinition<Config, Credentials> = {
  type: 'webhook-in',
  migrations,
  parse,
  start(tools) {
    const { RED, node, config, life, status, account } = tools;
    const { secret, secret2 } = node.credentials ?? {};
    const secrets = [secret || process.env.TRADER_WEBHOOK_SECRET, secret2].filter((each) =>
      Boolean(each),
    ) as string[];
    if (secrets.length === 0) {
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
    const arrivals = new Arrivals();
    const limits = limitsOf(config.rateAlerts, config.rateWindowMs, life.elapsed);
    const intake = new Intake(
      {
        source: node.id,
        book: config.book,
        mayShort: config.mayShort,
        secrets,
        maxAgeMs: config.maxAgeMs,
      },
      () => {
        const open = account.view().account;
        // A node replaced by a deploy in the meantime could record the alert but no longer send it.
        return open && !life.closed ? { inbox: open.inbox, wall: open.clock.wall, limits } : null;
      },
    );
    let told = true;
    const departures = new Departures({
      unanswered: () => intake.waiting,
      elapsed: life.elapsed,
      isLate: ({ receivedAt }) => systemWall.now() - receivedAt > config.maxAgeMs,
      onLate: () => {
        if (!told) return;
        told = false;
        life.after(LATE_MS, () => {
          told = true;
          // Asking for what may still go out marks what may not.
          account.view().account?.undecided(node.id, config.maxAgeMs);
          node.warn('alerts came faster than they could be acted on: those that became too old are left');
        });
      },
      depart: (signal) => life.run(() => emit(tools, signal)),
    });
    const depart = resendUndecided({
      RED,
      life,
      account,
      source: node.id,
      maxAgeMs: config.maxAgeMs,
      emit: (signal, note) => emit(tools, signal, note),
      depart: (signal) => departures.add(signal),
    });
    const handler = alertRoutes({ ...tools, secrets, limits, arrivals, intake, depart });
    offerView(node, { arrivals: () => arrivals.shown(node.id, account.view().account?.inbox ?? null) });
    const port = webhookPortSettings();
    const onFault = (because: string) => {
      status.pin('down', 'misconfigured');
      node.warn(because);
    };
    const elsewhere = (path: string) =>
      port ? openOnWebhookPort(port, path, handler, onFault) : () => undefined;
    life.own(claimPath(RED, config.path, owner, handler, onState, elsewhere));

    return undefined;
  },
};

/** Lets a recorded signal go down the wire; what is lost from here on goes out again, see `resendUndecided`. */
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
  send(carry({}, signal, symbol, trace));
}

/** Receives TradingView's alerts over HTTP and sends each one, once, as a signal. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType<Node<Credentials>, NodeDef, unknown, Credentials>(
    'webhook-in',
    defineNode<Config, Credentials>(RED, webhookIn),
    {
      credentials: { secret: { type: 'password' }, secret2: { type: 'password' } },
    },
  );
  adminRoutes(RED);
}
