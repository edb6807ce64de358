import type { NodeAPI } from 'node-red';
import type { Environment } from '../../lib/domain/portfolio.ts';
import type { AccountSettings } from '../kit/account-view.ts';
import { choice, type RawConfig, text } from '../kit/config.ts';
import { policyOf } from '../kit/policy-node.ts';

export const ENVIRONMENTS = ['simulator', 'tradier-sandbox', 'tradier-live'] as const satisfies Environment[];

/** Where Node-RED keeps its files; every journal is below it. */
export function userDirOf(RED: NodeAPI): string {
  return RED.settings.userDir || process.cwd();
}

/** Throws E_INPUT naming the field. */
export function readSettings(RED: NodeAPI, raw: RawConfig, token: string): AccountSettings {
  return {
    environment: choice(raw, 'environment', ENVIRONMENTS, 'simulator'),
    accountId: text(raw, 'accountId'),
    token,
    namespace: text(raw, 'namespace'),
    policy: policyOf(RED, text(raw, 'policy')),
    userDir: userDirOf(RED),
  };
}
