import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { AccountNode } from '../kit/account-link.ts';
import type { AccountView, FeedSettings } from '../kit/account-view.ts';
import { accountRegistry } from '../kit/accounts.ts';
import type { RawConfig } from '../kit/config.ts';
import { defineNode, type NodeDefinition, showAccount } from '../kit/define-node.ts';
import { coded } from '../kit/errors.ts';
import { adminRoutes } from './admin.ts';
import { accountParts } from './open.ts';
import { readSettings } from './settings.ts';

interface Credentials {
  token?: string;
  marketToken?: string;
}

const traderAccount: NodeDefinition<RawConfig, Credentials> = {
  type: 'trader-account',
  // Read when it starts: with a wrong setting the node must still be there to say so to those who use it.
  parse: (raw) => raw,
  start({ RED, node, config, life, status }) {
    let lends: FeedSettings | null = null;
    const listeners = new Set<(view: AccountView) => void>();
    let view: AccountView = {
      state: 'misconfigured',
      reason: '',
      code: 'E_INPUT',
      account: null,
      environment: null,
      haltState: 'active',
    };
    const hear = (next: AccountView) => {
      const news = next.state !== view.state || next.reason !== view.reason;
      view = next;
      showAccount(status, view);
      if (news && view.state !== 'ready' && view.state !== 'connecting') node.warn(view.reason);
      for (const tell of [...listeners]) life.run(() => tell(view));
    };
    const account: AccountNode = Object.assign(node, {
      users: {} as Record<string, Node>,
      view: () => view,
      lends: () => lends,
      join(user: Node, tell: (view: AccountView) => void) {
        account.users[user.id] = user;
        listeners.add(tell);
        return () => {
          listeners.delete(tell);
          if (account.users[user.id] === user) delete account.users[user.id];
        };
      },
    });
    try {
      const { token, marketToken } = node.credentials ?? {};
      const settings = readSettings(RED, config, {
        token: token?.trim() ?? '',
        marketToken: marketToken?.trim() ?? '',
      });
      lends = settings.feed ?? { environment: settings.environment, token: settings.token };
      const seat = accountRegistry(accountParts(RED)).attach(settings, hear);
      life.own(() => seat.leave());
      hear(seat.view());
    } catch (error) {
      const { code, message } = coded(error);
      hear({ ...view, code, reason: message });
    }
    return undefined;
  },
};

/** One brokerage account: what the other nodes trade on. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType<Node<Credentials>, NodeDef, unknown, Credentials>(
    'trader-account',
    defineNode(RED, traderAccount),
    {
      credentials: { token: { type: 'password' }, marketToken: { type: 'password' } },
    },
  );
  adminRoutes(RED);
}
