/** The packed file, installed by npm into an empty user directory of Node-RED, does what the README says. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OLDEST_NODE } from '../../cli/node-version.ts';
import { OUR_TYPES } from '../flows/flow-files.ts';
import { cleanUp, root, temporaryDirectory } from '../start/desk-run.ts';
import { InstalledNodeRed } from './installed-node-red.ts';
import { contentsOf, installedInto, node22, npxTrader, PACKAGE, pack } from './packed.ts';

const SECRET = 'a-secret-of-this-test';

interface NodeSet {
  module?: string;
  types: string[];
  enabled: boolean;
  err?: string;
}

interface SignalState {
  state: string;
  refusals: unknown[];
  order: { status: string } | null;
}

const other = await node22();
const runs: [title: string, node: string | null][] = [
  [`on Node ${process.versions.node}`, process.execPath],
  'node' in other ? ['on Node 22', other.node] : [`on Node 22 (skipped: ${other.reason})`, null],
];

describe('the packed package', function () {
  this.timeout(180_000);
  let folder: string;
  let tarball: string;
  before(async () => {
    folder = temporaryDirectory();
    mkdirSync(path.join(folder, 'packed'));
    tarball = await pack(path.join(folder, 'packed'));
  });
  after(cleanUp);

  it('holds what it needs and nothing of the workshop', async () => {
    const files = new Set(await contentsOf(tarball));
    const wanted = ['package.json', 'README.md', 'LICENSE', 'NOTICE', 'CHANGELOG.md', 'dist/cli/trader.js'];
    wanted.push('resources/trader-editor.js');
    for (const type of OUR_TYPES) {
      wanted.push(
        ...[`${type}.js`, `${type}.html`, `locales/en-US/${type}.html`, `locales/en-US/${type}.json`].map(
          (name) => `dist/nodes/${type}/${name}`,
        ),
      );
      wanted.push(`dist/nodes/${type}/icons/${type}.svg`);
      assert.ok(
        [...files].some((file) => file.startsWith(`examples/${type}/`) && file.endsWith('.json')),
        `no example of ${type}`,
      );
    }
    assert.deepEqual(
      wanted.filter((file) => !files.has(file)),
      [],
    );
    const known = /^(dist|examples|flows|resources)\/|^[A-Z]+(\.md)?$|^package\.json$/;
    const foreign = [...files].filter(
      (file) => !known.test(file) || /(^|\/)\.|\.ts$|\.map$|_cred/.test(file),
    );
    assert.deepEqual(foreign, []);
  });

  for (const [title, node] of runs) {
    const test = node === null ? it.skip : it;
    test(`shows its nodes, starts its simulator and fills an alert ${title}`, async () => {
      const userDir = path.join(folder, path.basename(title).replace(/\W+/g, '-'));
      await installedInto(userDir, tarball);
      writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify(shippedFlow(userDir)));
      const nodeRed = await InstalledNodeRed.start(node ?? '', userDir, { TRADER_WEBHOOK_SECRET: SECRET });
      try {
        await showsItsNodes(nodeRed);
        await fillsAnAlert(nodeRed);
        assert.ok(existsSync(path.join(userDir, 'trader-ops/simulator')), 'the simulator keeps its account');
        // At the very start the account polls until its stream is open, and says so.
        assert.doesNotMatch(nodeRed.log, /\[(error|warn)\] \[(?!.*orders are polled)|missing types/);
      } finally {
        await nodeRed.stop();
      }
      const said = await npxTrader(userDir, ['help'], node ?? '');
      for (const verb of ['simulator', 'version', 'help'])
        assert.match(said, new RegExp(`^ {2}${verb} `, 'm'));
      assert.match(await npxTrader(userDir, ['version'], node ?? ''), /^@trader-ops\/node-red-trader \d/);
    });
  }

  it('wants the Node that its command line asks for', () => {
    const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    assert.equal(engines.node, `>=${OLDEST_NODE}`);
  });
});

/** The flow as it was installed, without the dashboard's nodes: Dashboard is not in this user directory. */
function shippedFlow(userDir: string): Record<string, unknown>[] {
  const file = path.join(userDir, 'node_modules', PACKAGE, 'flows/tradingview-webhook.json');
  const nodes = JSON.parse(readFileSync(file, 'utf8')) as { id: string; type: string; wires?: string[][] }[];
  const kept = nodes.filter(({ type }) => !type.startsWith('ui-'));
  const ids = new Set(kept.map(({ id }) => id));
  return kept.map((node) =>
    node.wires === undefined
      ? node
      : { ...node, wires: node.wires.map((wire) => wire.filter((id) => ids.has(id))) },
  );
}

async function showsItsNodes(nodeRed: InstalledNodeRed): Promise<void> {
  const sets = ((await nodeRed.json('/nodes')) as NodeSet[]).filter(({ module }) => module === PACKAGE);
  assert.deepEqual(
    sets.filter(({ enabled, err }) => !enabled || err),
    [],
  );
  assert.deepEqual(sets.flatMap(({ types }) => types).sort(), [...OUR_TYPES].sort());
  const html = await nodeRed.text('/nodes', 'text/html');
  for (const type of OUR_TYPES) {
    assert.ok(html.includes(`data-help-name="${type}"`), `no help of ${type}`);
    assert.ok(html.includes(`data-template-name="${type}"`), `no form of ${type}`);
  }
  const shared = /<script src="(resources\/[^"]+)"/.exec(html)?.[1] ?? '';
  assert.match(await nodeRed.text(`/${shared}`, '*/*'), /RED\.traderOps = /);
  const examples = (await nodeRed.json(`/library/examples/flows/${PACKAGE}`)) as (string | { fn: string })[];
  assert.ok(
    examples.some((entry) => typeof entry === 'object' && entry.fn === 'tradingview-webhook'),
    JSON.stringify(examples),
  );
  for (const type of OUR_TYPES) assert.ok(examples.includes(type), `no examples of ${type}`);
}

async function fillsAnAlert(nodeRed: InstalledNodeRed): Promise<void> {
  const webhook = '/webhook/tradingview';
  const authorization = `Bearer ${SECRET}`;
  await nodeRed.until('the account is ready', async () =>
    (await nodeRed.status(`${webhook}/signals/none`)) === 503 ? undefined : true,
  );
  const body = { secret: SECRET, id: 'first', ticker: 'AAPL', action: 'buy', contracts: 10 };
  const reply = await nodeRed.json(webhook, { method: 'POST', body: JSON.stringify(body) });
  const { status, signal } = reply as { status: string; signal: string };
  assert.equal(status, 'accepted');
  const state = await nodeRed.until('the order is final', async () => {
    const at = `${webhook}/signals/${encodeURIComponent(signal)}`;
    const now = (await nodeRed.json(at, { headers: { authorization } })) as SignalState;
    const waits = now.refusals.length === 0 && !/filled|rejected|unknown/.test(now.order?.status ?? '');
    return waits ? undefined : now;
  });
  assert.deepEqual([state.refusals, state.order?.status], [[], 'filled']);
}
