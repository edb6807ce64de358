import assert from 'node:assert/strict';
import { definition, type FlowNode, flowFiles, knownTypes, OUR_TYPES } from './flow-files.ts';

/** These may stand in more than one file: an import then uses the one that is there. */
const SHARED = new Set(['tt-account', 'tt-policy', 'tt-ui-base', 'tt-ui-theme']);

const files = flowFiles();
const known = knownTypes();
const placed = (nodes: FlowNode[]) => nodes.filter((node) => node.x !== undefined && node.type !== 'group');

for (const { file, nodes } of files) {
  describe(file, () => {
    const byId = new Map(nodes.map((node) => [node.id, node]));

    it('has every id once and only types that are installed', () => {
      assert.equal(byId.size, nodes.length);
      assert.deepEqual(
        nodes.filter((node) => !known.has(node.type)).map((node) => node.type),
        [],
      );
    });

    it('has wires and links that lead somewhere on the same tab', () => {
      for (const node of nodes) {
        for (const id of [...(node.wires ?? []).flat(), ...(node.links ?? []), ...(node.nodes ?? [])]) {
          assert.ok(byId.has(id), `${node.id} leads to ${id}`);
          assert.equal(byId.get(id)?.z, node.z, `${node.id} leads to another tab`);
        }
        for (const id of node.links ?? []) {
          assert.ok(byId.get(id)?.links?.includes(node.id), `${id} does not link back to ${node.id}`);
        }
        if (node.g !== undefined) assert.ok(byId.get(node.g)?.nodes?.includes(node.id), node.id);
      }
    });

    it('has config nodes for every node that needs one', () => {
      for (const node of nodes.filter(({ type }) => OUR_TYPES.includes(type))) {
        for (const [field, { type, required }] of Object.entries(definition(node.type).defaults)) {
          const named = node[field];
          if (type === undefined || (named === '' && !required)) continue;
          assert.equal(byId.get(String(named))?.type, type, `${node.id}.${field}`);
        }
      }
      for (const { id, group, page, ui, theme, templateScope } of nodes) {
        for (const named of [templateScope === 'page:style' ? '' : group, page, ui, theme]) {
          if (typeof named === 'string' && named !== '') assert.ok(byId.has(named), `${id}: ${named}`);
        }
      }
    });

    it('gives our nodes every setting, and none they do not know', () => {
      const own = new Set(['id', 'type', 'z', 'g', 'x', 'y', 'wires', 'd', 'l']);
      for (const node of nodes.filter(({ type }) => OUR_TYPES.includes(type))) {
        const found = definition(node.type);
        assert.deepEqual(
          Object.keys(node)
            .filter((field) => !own.has(field))
            .sort(),
          Object.keys(found.defaults).sort(),
          node.id,
        );
        if (found.outputs !== undefined) assert.equal(node.wires?.length, found.outputs, node.id);
      }
    });

    it('holds no secret', () => {
      for (const node of nodes) {
        assert.equal('credentials' in node, false, node.id);
        for (const field of Object.keys(node))
          assert.doesNotMatch(field, /^(token|secret|password|api_?key)$/i);
      }
      assert.doesNotMatch(JSON.stringify(nodes), /[A-Za-z0-9_-]{40,}/);
    });

    it('is drawn on the grid, without one node on another', () => {
      const drawn = placed(nodes);
      for (const { id, x = 0, y = 0 } of drawn) {
        assert.equal(x % 10, 0, `${id}.x`);
        assert.equal(y % 20, 0, `${id}.y`);
      }
      for (const [index, one] of drawn.entries()) {
        for (const other of drawn.slice(index + 1)) {
          assert.ok(!touch(box(one), box(other)), `${one.id} lies on ${other.id}`);
        }
      }
    });

    it('names its nodes and explains itself', () => {
      const unnamed = placed(nodes).filter((node) => !node.name);
      assert.deepEqual(
        unnamed.map(({ id }) => id),
        [],
      );
      assert.ok(
        nodes.some(({ type, info }) => type === 'comment' && typeof info === 'string' && info !== ''),
      );
    });

    it('shows values as text on a page, never as HTML', () => {
      for (const { id, type, format, columns } of nodes) {
        if (type === 'ui-template') assert.doesNotMatch(String(format), /v-html|innerHTML|<script/i, id);
        for (const column of Array.isArray(columns) ? columns : []) assert.equal(column.type, 'text', id);
      }
    });
  });
}

describe('shipped flows together', () => {
  it('use an id twice for the shared config nodes only, and then alike', () => {
    const seen = new Map<string, FlowNode>();
    for (const { file, nodes } of files) {
      for (const node of nodes) {
        const before = seen.get(node.id);
        if (before === undefined) seen.set(node.id, node);
        else {
          assert.ok(SHARED.has(node.id), `${node.id} again in ${file}`);
          assert.deepEqual(node, before, `${node.id} differs in ${file}`);
        }
      }
    }
  });
});

describe('flows/tradingview-webhook.json', () => {
  const nodes = files.find(({ file }) => file.endsWith('tradingview-webhook.json'))?.nodes ?? [];
  const only = (type: string) => {
    const found = nodes.filter((node) => node.type === type);
    assert.equal(found.length, 1, type);
    return found[0] as FlowNode;
  };

  it('keeps the ids that later flows share', () => {
    assert.equal(only('tab').id, 'tt-webhook-tab');
    assert.equal(only('trader-account').id, 'tt-account');
    assert.equal(only('risk-policy').id, 'tt-policy');
    assert.equal(only('ui-base').id, 'tt-ui-base');
    assert.equal(only('ui-theme').id, 'tt-ui-theme');
  });

  it('starts on the simulator and the standard policy', () => {
    const { environment, accountId, namespace } = only('trader-account');
    assert.deepEqual(
      { environment, accountId, namespace },
      { environment: 'simulator', accountId: '', namespace: '' },
    );
    assert.equal(only('risk-policy').preset, 'standard');
  });

  it('leads from the alert to the order by way of the size and the risk', () => {
    const leads = (from: string) => only(from).wires?.[0] ?? [];
    assert.deepEqual(leads('webhook-in'), [only('position-size').id]);
    assert.deepEqual(leads('position-size'), [only('risk-check').id]);
    assert.deepEqual(leads('risk-check'), [only('place-order').id]);
    for (const inject of nodes.filter(({ type }) => type === 'inject')) {
      assert.deepEqual(inject.wires, [[only('position-size').id]]);
      const payload = JSON.parse(String(inject.payload));
      assert.equal('id' in payload, false, 'a second press must be another signal');
    }
  });

  it('is grouped by stage, no group on another, every node inside its own', () => {
    const groups = nodes.filter(({ type }) => type === 'group');
    assert.deepEqual(
      groups.map(({ name }) => name),
      ['Signal', 'Size', 'Risk', 'Order', 'Portfolio', 'Prices', 'If something goes wrong'],
    );
    const boxes = groups.map(({ x = 0, y = 0, w = 0, h = 0 }) => ({ x1: x, y1: y, x2: x + w, y2: y + h }));
    for (const [index, one] of boxes.entries()) {
      for (const other of boxes.slice(index + 1)) assert.ok(!touch(one, other));
    }
    for (const node of placed(nodes).filter(({ g }) => g !== undefined)) {
      const at = boxes[groups.findIndex(({ id }) => id === node.g)];
      const { x = 0, y = 0 } = node;
      assert.ok(at && x > at.x1 && x < at.x2 && y > at.y1 && y < at.y2, node.id);
    }
  });

  it('says what it is for and catches what goes wrong', () => {
    assert.ok(String(only('tab').info).length > 200);
    assert.equal(only('catch').scope, null);
    assert.ok(nodes.some(({ type, path }) => type === 'ui-base' && path === '/dashboard'));
  });
});

interface Box {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

/** About as wide as the editor draws it. */
function box({ x = 0, y = 0, name = '', type }: FlowNode): Box {
  const half = Math.max(100, 50 + 7.5 * (name || type).length) / 2;
  return { x1: x - half, y1: y - 15, x2: x + half, y2: y + 15 };
}

function touch(a: Box, b: Box): boolean {
  return a.x1 < b.x2 && b.x1 < a.x2 && a.y1 < b.y2 && b.y1 < a.y2;
}
