import assert from 'node:assert/strict';
import { mergeFlows } from '../../scripts/merge-flows.mjs';

const letters = () => 'ab27';

const account = {
  id: 'acc',
  type: 'trader-account',
  name: 'Paper',
  environment: 'simulator',
  namespace: '',
  policy: 'pol',
};
const policy = { id: 'pol', type: 'risk-policy', name: 'Standard' };

/** A shipped flow of one tab with a group, a node that names an account, and a config node nobody here needs. */
function flowFile(name: string, tab = `${name}-tab`) {
  return {
    name,
    nodes: [
      { id: tab, type: 'tab', label: name, disabled: false },
      { id: `${tab}-group`, type: 'group', z: tab, nodes: [`${tab}-in`] },
      { id: `${tab}-in`, type: 'webhook-in', z: tab, account: 'acc', x: 100, y: 80, wires: [[]] },
      account,
      policy,
      { id: 'stray', type: 'risk-policy', name: 'Nobody names me' },
    ],
  };
}

const webhook = flowFile('tradingview-webhook');
const momentum = flowFile('momentum');

describe('merge-flows', () => {
  it('brings a tab with its nodes, groups and the config nodes they need, and no others', () => {
    const { flows, changed } = mergeFlows([], [webhook], { letters });
    assert.equal(changed, true);
    assert.deepEqual(
      flows.map((node) => node.id),
      [
        'tradingview-webhook-tab',
        'tradingview-webhook-tab-group',
        'tradingview-webhook-tab-in',
        'acc',
        'pol',
      ],
    );
  });

  it('brings config nodes that only config nodes name', () => {
    const { flows } = mergeFlows([], [webhook], { letters });
    assert.ok(flows.some((node) => node.id === 'pol'));
  });

  it('brings the subflow that a node is an instance of, with what is inside it', () => {
    const shipped = {
      name: 'tradingview-webhook',
      nodes: [
        { id: 't', type: 'tab' },
        { id: 'instance', type: 'subflow:sub', z: 't' },
        { id: 'sub', type: 'subflow', name: 'Sized' },
        { id: 'inner', type: 'position-size', z: 'sub', account: 'acc' },
        { id: 'unused', type: 'subflow', name: 'Unused' },
        account,
        policy,
      ],
    };
    const ids = mergeFlows([], [shipped], { letters }).flows.map((node) => node.id);
    assert.deepEqual(ids, ['t', 'instance', 'sub', 'inner', 'acc', 'pol']);
  });

  it('puts the tab of the main job first, on which the editor opens, and switches on what only reads', () => {
    const market = flowFile('market-data');
    const { flows } = mergeFlows([], [market, momentum, webhook], { letters });
    const tabs = flows.filter(({ type }) => type === 'tab');
    assert.deepEqual(
      tabs.map(({ id, disabled }) => [id, disabled]),
      [
        ['tradingview-webhook-tab', false],
        ['market-data-tab', false],
        ['momentum-tab', true],
      ],
    );
  });

  it('switches on the webhook flow alone; the others wait, with a comment', () => {
    const { flows } = mergeFlows([], [webhook, momentum], { letters });
    assert.equal(flows.find((node) => node.id === 'tradingview-webhook-tab')?.disabled, false);
    assert.equal(flows.find((node) => node.id === 'momentum-tab')?.disabled, true);
    const comments = flows.filter((node) => node.type === 'comment');
    assert.deepEqual(
      comments.map(({ z, name }) => ({ z, name })),
      [{ z: 'momentum-tab', name: 'Enable me' }],
    );
  });

  it('switches on a flow that was asked for by name, when it comes and when it is already there', () => {
    const first = mergeFlows([], [momentum], { enable: ['momentum'], letters });
    assert.equal(first.flows.find((node) => node.id === 'momentum-tab')?.disabled, false);
    assert.ok(!first.flows.some((node) => node.type === 'comment'));

    const waiting = mergeFlows([], [momentum], { letters });
    const asked = mergeFlows(waiting.flows, [momentum], { enable: ['momentum'], letters });
    assert.equal(asked.changed, true);
    assert.equal(asked.flows.find((node) => node.id === 'momentum-tab')?.disabled, false);
  });

  it('never changes what is there', () => {
    const mine = [
      { id: 'tradingview-webhook-tab', type: 'tab', label: 'My desk', disabled: true },
      { id: 'acc', type: 'trader-account', name: 'Mine', environment: 'tradier-sandbox', namespace: '' },
    ];
    const { flows, changed } = mergeFlows(mine, [webhook, momentum], { letters });
    assert.equal(changed, true);
    assert.deepEqual(flows.slice(0, 2), mine);
    assert.equal(flows.filter((node) => node.id === 'acc').length, 1);
    assert.equal(mine.length, 2);
  });

  it('changes nothing the second time', () => {
    const first = mergeFlows([], [webhook, momentum], { letters });
    const second = mergeFlows(first.flows, [webhook, momentum], { delivered: first.delivered, letters });
    assert.equal(second.changed, false);
    assert.deepEqual(second.flows, first.flows);
  });

  it('leaves out a node whose id is taken', () => {
    const mine = [
      { id: 'other-tab', type: 'tab' },
      { id: 'tradingview-webhook-tab-in', type: 'webhook-in', z: 'other-tab' },
    ];
    const { flows } = mergeFlows(mine, [webhook], { letters });
    const ids = flows.map((node) => node.id);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(flows.find((node) => node.id === 'tradingview-webhook-tab-in')?.z, 'other-tab');
  });

  it('does not bring back a tab its person removed, unless asked for', () => {
    const first = mergeFlows([], [webhook, momentum], { letters });
    const without = first.flows.filter((node) => node.id !== 'momentum-tab' && node.z !== 'momentum-tab');
    const options = { delivered: first.delivered, letters };
    assert.equal(mergeFlows(without, [webhook, momentum], options).changed, false);
    const asked = mergeFlows(without, [webhook, momentum], { ...options, enable: ['momentum'] });
    assert.ok(asked.flows.some((node) => node.id === 'momentum-tab'));
  });

  it('gives an account without a namespace one of its own, and keeps one that is there', () => {
    const { flows } = mergeFlows([], [webhook], { letters });
    assert.equal(flows.find((node) => node.id === 'acc')?.namespace, 'ab27');
    const named = {
      name: 'tradingview-webhook',
      nodes: webhook.nodes.map((node) => (node.id === 'acc' ? { ...account, namespace: 'desk' } : node)),
    };
    assert.equal(
      mergeFlows([], [named], { letters }).flows.find((node) => node.id === 'acc')?.namespace,
      'desk',
    );
    assert.equal(account.namespace, '');
  });
});
