import type { NodeAPI } from 'node-red';
import { POLICY_FIELD_NAMES, type Policy, PRESETS, parsePolicy } from '../../lib/risk/policy.ts';
import { choice, flag, type Migration, optionalNumber, type RawConfig } from '../kit/config.ts';
import { defineNode, type NodeDefinition } from '../kit/define-node.ts';
import type { PolicyNode } from '../kit/policy-node.ts';

const PRESET_NAMES = ['careful', 'standard', 'rebalancer', 'delayed-paper'] as const;

/** The preset's limits, with those the person set in their place. */
export function readPolicy(raw: RawConfig): Policy {
  const preset = PRESETS[choice(raw, 'preset', PRESET_NAMES, 'standard')];
  const limits: Record<string, unknown> = {};
  for (const name of POLICY_FIELD_NAMES) {
    const standard = preset[name];
    limits[name] =
      typeof standard === 'boolean' ? flag(raw, name, standard) : (optionalNumber(raw, name) ?? standard);
  }
  return parsePolicy(limits);
}

/** Version 2 knows short sales; a policy from before allows none until a person says so. */
export const migrations: readonly Migration[] = [
  { to: 2, up: (config) => ({ ...config, allowShortSales: config.allowShortSales ?? 'false' }) },
];

const riskPolicy: NodeDefinition<Policy> = {
  type: 'risk-policy',
  migrations,
  parse: readPolicy,
  start({ node, config }) {
    const policyNode: PolicyNode = node;
    policyNode.policy = config;
    return undefined;
  },
};

/** The limits of the risk gate, as a config node. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('risk-policy', defineNode(RED, riskPolicy));
}
