import type { NodeAPI } from 'node-red';
import { orderIntentSchema } from '../../lib/domain/order.ts';
import { text } from '../kit/config.ts';
import { defineNode, type NodeDefinition } from '../kit/define-node.ts';
import { carry, parsePayload, reasons, traced } from '../kit/messages.ts';
import { policyOf } from '../kit/policy-node.ts';

interface Config {
  /** Id of a second risk-policy; '' for the account's alone. */
  policy: string;
}

const riskCheck: NodeDefinition<Config> = {
  type: 'risk-check',
  parse: (raw) => ({ policy: text(raw, 'policy') }),
  start({ RED, node, config, account, status }) {
    const name = node.name || node.type;
    // Read once: changing a config node restarts the nodes that use it.
    const stricter = config.policy === '' ? undefined : policyOf(RED, config.policy);
    return async (msg, send) => {
      const open = await account.open();
      const intent = parsePayload(orderIntentSchema, msg.payload, 'a sized order from position-size');
      const decision = await open.check(intent, stricter);
      const { figures } = decision;
      if (decision.kind === 'approved') {
        const { because } = decision;
        const trace = traced(msg, open.clock.wall, { node: name, decision: 'approved', because, figures });
        status.show('ok', 'approved', `${intent.quantity} ${intent.symbol}`);
        send([carry(msg, decision.intent, intent.symbol, trace), null]);
      } else {
        const { refusals } = decision;
        const because = reasons(refusals);
        const trace = traced(msg, open.clock.wall, { node: name, decision: 'refused', because, figures });
        const { permit: _, ...refused } = intent;
        status.refused(refusals, intent.symbol);
        send([null, carry(msg, { ...refused, refusals }, intent.symbol, trace)]);
      }
    };
  },
};

/** Asks the account's risk gate for a permit for one order. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('risk-check', defineNode(RED, riskCheck));
}
