/**
 * Brings the shipped flows into a person's own flow file: what is new is added, what is there stays as it is.
 * Pure: files and chance come from the caller.
 */

/** Arrive switched on: the product's main job, and what only reads. Every other shipped flow waits for its person. */
export const alwaysEnabled = ['tradingview-webhook', 'market-data'];

/**
 * @typedef {{id: string, type: string, z?: string, [property: string]: unknown}} FlowNode
 * @typedef {{name: string, nodes: FlowNode[]}} ShippedFlow `name` is the file's, without .json
 */

/**
 * @param {FlowNode[]} existing the person's flows
 * @param {ShippedFlow[]} shipped
 * @param {{enable?: string[], delivered?: string[], letters: () => string}} options
 *   `enable`: shipped flows asked for by name. `delivered`: tabs brought by an earlier start; one that is missing now
 *   was removed by its person and stays away, unless asked for by name. `letters`: four random letters of [a-z2-7].
 * @returns {{flows: FlowNode[], changed: boolean, delivered: string[]}}
 */
export function mergeFlows(existing, shipped, { enable = [], delivered = [], letters }) {
  const flows = [...existing];
  const ids = new Set(existing.map((node) => node.id));
  const add = (node) => {
    if (ids.has(node.id)) return;
    ids.add(node.id);
    flows.push(withNamespace(node, letters));
  };

  for (const { name, nodes } of mainJobFirst(shipped)) {
    const asked = enable.includes(name);
    for (const tab of nodes.filter((node) => node.type === 'tab')) {
      const at = flows.findIndex((node) => node.id === tab.id);
      if (at >= 0) {
        if (asked && flows[at].disabled === true) flows[at] = { ...flows[at], disabled: false };
      } else if (asked || !delivered.includes(tab.id)) {
        const on = asked || alwaysEnabled.includes(name);
        add({ ...tab, disabled: !on });
        const needed = neededBy(tab, nodes);
        for (const node of needed) add(node);
        if (!on) add(enableMe(tab, needed));
      }
    }
  }
  const tabs = shipped.flatMap(({ nodes }) =>
    nodes.filter((node) => node.type === 'tab').map((tab) => tab.id),
  );
  return {
    flows,
    changed: flows.length !== existing.length || flows.some((node, index) => node !== existing[index]),
    delivered: [...new Set([...delivered, ...tabs])].sort(),
  };
}

/** The editor opens on the first tab. */
function mainJobFirst(shipped) {
  const [main] = alwaysEnabled;
  return [...shipped].sort((a, b) => Number(b.name === main) - Number(a.name === main));
}

/** The tab's nodes and groups, the subflows they use and the config nodes any of these name, in the file's order. */
function neededBy(tab, nodes) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const needed = new Set();
  const inside = (container) => nodes.filter((node) => node.z === container.id);
  const take = (node) => {
    if (needed.has(node)) return;
    needed.add(node);
    if (node.type === 'subflow') inside(node).forEach(take);
    for (const id of mentions(node)) {
      const other = byId.get(id);
      // What has a place on a canvas comes with its tab; a config node of another tab or subflow stays there.
      if (other !== undefined && other.z === undefined && other.type !== 'tab') take(other);
    }
  };
  inside(tab).forEach(take);
  for (const global of nodes.filter((node) => node.type === 'global-config')) take(global);
  return nodes.filter((node) => needed.has(node));
}

/** Every text in a node that could be another's id. */
function mentions(value) {
  if (typeof value === 'string')
    return [value.startsWith('subflow:') ? value.slice('subflow:'.length) : value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(mentions);
}

/** A paper account of one's own: two desks of one person do not share names at the broker. */
function withNamespace(node, letters) {
  return node.type === 'trader-account' && node.namespace === '' ? { ...node, namespace: letters() } : node;
}

function enableMe(tab, nodes) {
  const top = Math.min(
    ...nodes.filter((node) => node.z === tab.id && typeof node.y === 'number').map((node) => node.y),
  );
  return {
    id: `${tab.id}-enable-me`,
    type: 'comment',
    z: tab.id,
    name: 'Enable me',
    info: 'This flow arrived switched off. Double-click its tab and press *Enabled*, then Deploy.',
    x: 140,
    y: Number.isFinite(top) && top < 60 ? 20 : 40,
    wires: [],
  };
}
