import type { NodeAPI } from 'node-red';
import { inputError } from '../../lib/domain/errors.ts';
import type { Environment } from '../../lib/domain/portfolio.ts';
import { isAccountNode } from '../kit/account-link.ts';
import type { AccountSettings, FeedSettings } from '../kit/account-view.ts';
import { choice, type RawConfig, text } from '../kit/config.ts';
import { policyOf } from '../kit/policy-node.ts';

export const ENVIRONMENTS = ['simulator', 'tradier-sandbox', 'tradier-live'] as const satisfies Environment[];

/** Where Node-RED keeps its files; every journal is below it. */
export function userDirOf(RED: NodeAPI): string {
  return RED.settings.userDir || process.cwd();
}

export interface Tokens {
  token: string;
  /** Of a live account, for its market data alone. */
  marketToken: string;
}

/** Throws E_INPUT naming the field. */
export function readSettings(RED: NodeAPI, raw: RawConfig, { token, marketToken }: Tokens): AccountSettings {
  const environment = choice(raw, 'environment', ENVIRONMENTS, 'simulator');
  return {
    environment,
    accountId: text(raw, 'accountId'),
    token,
    namespace: text(raw, 'namespace'),
    feed: readFeed(RED, raw, environment, marketToken),
    policy: policyOf(RED, text(raw, 'policy')),
    userDir: userDirOf(RED),
  };
}

const SOURCES = ['own', 'other', 'token'] as const;

function readFeed(
  RED: NodeAPI,
  raw: RawConfig,
  environment: Environment,
  marketToken: string,
): FeedSettings | null {
  switch (choice(raw, 'marketFrom', SOURCES, 'own')) {
    case 'own':
      return null;
    case 'other':
      return lentBy(RED, text(raw, 'marketAccount'), environment);
    case 'token':
      if (environment === 'simulator')
        throw inputError('marketFrom', 'token', "this account or another simulator's: its market is its own");
      if (marketToken === '')
        throw inputError('marketToken', undefined, 'the access token of a live account');
      return { environment: 'tradier-live', token: marketToken };
  }
}

/** Made-up prices are no market for real money, nor real ones for a made-up market; late ones are none for live orders. */
function lentBy(RED: NodeAPI, id: string, environment: Environment): FeedSettings {
  const node: unknown = RED.nodes.getNode(id);
  if (!isAccountNode(node)) throw inputError('marketAccount', id, 'another trader-account');
  const feed = node.lends();
  const name = node.name || id;
  if (feed === null) throw inputError('marketAccount', name, 'a trader-account whose settings are valid');
  if ((feed.environment === 'simulator') !== (environment === 'simulator'))
    throw inputError(
      'marketAccount',
      name,
      environment === 'simulator' ? 'a simulator' : 'an account at Tradier',
    );
  if (environment === 'tradier-live' && feed.environment !== 'tradier-live')
    throw inputError('marketAccount', name, "a live account: the sandbox's quotes are 15 minutes late");
  return feed;
}
