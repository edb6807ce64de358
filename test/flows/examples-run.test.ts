import assert from 'node:assert/strict';
import { cleanUp, DeskRun, eventually, freePort, temporaryDirectory } from '../start/desk-run.ts';
import { type FlowNode, flowFiles } from './flow-files.ts';

/** The buttons of the examples that only size. */
const SIZED = [
  'tt-ex-bracket-node',
  'tt-ex-bracket-signal',
  'tt-ex-bracket-wrong',
  'tt-ex-short-may',
  'tt-ex-short-not',
  'tt-ex-short-cover',
];

/** All examples on one running desk, as if a person had imported each on a tab of its own. */
describe('the examples on a running desk', function () {
  this.timeout(60_000);
  let desk: DeskRun;
  before(async () => {
    const env = { PORT: String(await freePort()) };
    desk = await DeskRun.start({ userDir: temporaryDirectory(), env });
    await deploy();
  });
  after(async () => {
    await desk?.stop();
    await cleanUp();
  });

  it('start without an error', () => {
    assert.doesNotMatch(desk.stderr + desk.stdout, /\[(error|warn)\] \[/);
  });

  it('place an order that the simulator fills', async () => {
    await press('tt-ex-order-buy');
    await eventually('the order is filled', async () =>
      (await orders()).some(({ symbol, status }) => symbol === 'MSFT' && status === 'filled'),
    );
  });

  it('check and size without ordering anything', async () => {
    const before = (await orders()).length;
    for (const id of [
      'tt-ex-size-buy',
      'tt-ex-risk-large',
      'tt-ex-policy-buy',
      'tt-ex-policy-buy2',
      ...SIZED,
    ]) {
      await press(id);
    }
    await press('tt-ex-webhook-press');
    await eventually('the posted alert is accepted', () => /\[webhook-in:Alerts\].*accepted/.test(log()));
    assert.equal((await orders()).length, before);
  });

  it('tell of a symbol without a quote, or of bars nobody has, to their catch node, and to nobody else', async () => {
    for (const id of ['tt-ex-quote-aapl', 'tt-ex-quote-many', 'tt-ex-quote-none']) await press(id);
    for (const id of ['plain', 'days', 'range', 'wrong']) await press(`tt-ex-bars-${id}`);
    await press('tt-ex-gate-try');
    for (const id of ['tt-ex-portfolio-ask', 'tt-ex-account-ask']) await press(id);
    await eventually('the answers are there', async () => (await orders()).length > 0);
    assert.doesNotMatch(log(), /\[error\]/);
  });

  const log = () => desk.stderr + desk.stdout;

  async function deploy(): Promise<void> {
    const present = (await (await fetch(at('flows'))).json()) as FlowNode[];
    const ids = new Set(present.map(({ id }) => id));
    const added = flowFiles()
      .filter(({ file }) => file.includes('examples'))
      .flatMap(({ nodes }, index): FlowNode[] => {
        const tab = { id: `examples-${index}`, type: 'tab', label: `Example ${index}` };
        return [tab, ...nodes.map((node) => (node.x === undefined ? node : { ...node, z: tab.id }))];
      })
      .filter(({ id }) => !ids.has(id) && ids.add(id));
    const answer = await fetch(at('flows'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'node-red-deployment-type': 'full' },
      body: JSON.stringify([...present, ...added]),
    });
    assert.equal(answer.status, 204);
    // Every account node answers again once the new flow is connected.
    await eventually('the account is ready', async () => {
      const state = await fetch(at('trader-account/tt-account/state'));
      return ((await state.json()) as { state: string }).state === 'ready';
    });
  }

  async function press(id: string): Promise<void> {
    const answer = await fetch(at(`inject/${id}`), { method: 'POST' });
    assert.equal(answer.status, 200, id);
  }

  async function orders(): Promise<{ symbol: string; status: string }[]> {
    const answer = await fetch(new URL('/_sim/truth', desk.ready.simulator));
    return ((await answer.json()) as { orders: { symbol: string; status: string }[] }).orders;
  }

  const at = (path: string) => new URL(path, desk.ready.editor);
});
