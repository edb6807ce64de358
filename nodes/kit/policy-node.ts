import type { Node, NodeAPI } from 'node-red';
import { inputError } from '../../lib/domain/errors.ts';
import type { Policy } from '../../lib/risk/policy.ts';

/** What the risk-policy config node offers; without `policy` its settings could not be read. */
export interface PolicyNode extends Node {
  policy?: Policy;
}

/** The policy of a risk-policy node. Fails closed: a node that is missing or invalid is no policy at all. */
export function policyOf(RED: NodeAPI, id: string): Policy {
  const node = RED.nodes.getNode(id) as PolicyNode | null | undefined;
  if (!node) throw inputError('policy', id, 'a risk-policy');
  if (!node.policy) throw inputError('policy', node.name || id, 'a risk-policy whose settings are valid');
  return node.policy;
}
