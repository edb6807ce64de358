import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
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
  /** What each debug node told the editor. */
  const told: { id: string; msg: string }[] = [];
  let comms: WebSocket;
  before(async () => {
    const env = { PORT: String(await freePort()) };
    desk = await DeskRun.start({ userDir: temporaryDirectory(), env });
    await listen();
    await deploy();
  });
  after(async () => {
    comms?.close();
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
    const bars = await sentences('tt-ex-bars-debug', 3);
    assert.match(bars.join('\n'), /^\d\d bars of QQQ of 60 minutes, from 20\d\d-\d\d-\d\d 09:30 to /m);
    assert.match((await sentences('tt-ex-bars-error', 1)).join('\n'), /^TraderError: interval: "7"[^\n]*$/);
    assert.match((await sentences('tt-ex-quote-error', 1)).join('\n'), /^[^\n]*no quote for NOPE\.$/);
  });

  it('stream from a click on, until the next', async () => {
    const heard = () => told.filter(({ id }) => id === 'tt-ex-stream-debug').length;
    assert.equal(heard(), 0);
    await press('tt-ex-stream-start');
    const quotes = await sentences('tt-ex-stream-debug', 2);
    assert.match(quotes.join('\n'), /^AAPL \d[^\n]*, bid /m);
    assert.match(quotes.join('\n'), /^MSFT \d[^\n]*, bid /m);
    await press('tt-ex-stream-stop');
    // One that was on its way may still come.
    await pause(300);
    const count = heard();
    await pause(3_000);
    assert.equal(heard(), count);
  });

  it('say what became of an alert, and ask the desk at its own port', async () => {
    for (const id of ['tt-ex-alert-pause', 'tt-ex-alert-resume', 'tt-ex-alerts-add']) await press(id);
    assert.deepEqual(await sentences('tt-ex-alert-debug', 2), [
      'paused: AAPL crosses above 200',
      'watching: AAPL crosses above 200',
    ]);
    assert.deepEqual(await sentences('tt-ex-alerts-debug', 1), [
      'watching: AAPL moves up or down by 1 % within 5 min',
    ]);
    for (const id of ['tt-ex-api-health', 'tt-ex-api-quotes', 'tt-ex-udf-press']) await press(id);
    const answers = await sentences('tt-ex-api-debug', 2);
    assert.match(answers.join('\n'), /"status":"ok"/);
    assert.match(answers.join('\n'), /"symbol":"SPY"/);
    assert.match((await sentences('tt-ex-udf-answer', 1)).join(), /^\{"s":"ok"/);
  });

  /** Every message of a debug node, once there are so many. */
  async function sentences(id: string, count: number): Promise<string[]> {
    const heard = () => told.filter((each) => each.id === id).map(({ msg }) => msg);
    await eventually(`${count} messages of ${id}`, () => heard().length >= count);
    return heard();
  }

  async function listen(): Promise<void> {
    comms = new WebSocket(at('comms').href.replace('http', 'ws'));
    comms.on('message', (data) => {
      for (const { topic, data: said } of [JSON.parse(String(data))].flat())
        if (topic === 'debug') told.push(said);
    });
    await once(comms, 'open');
    comms.send(JSON.stringify({ subscribe: 'debug' }));
  }

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
