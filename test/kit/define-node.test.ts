import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { NodeAPI, NodeMessage } from 'node-red';
import helper from 'node-red-node-test-helper';
import { number } from '../../nodes/kit/config.ts';
import { defineNode, type InputHandler, type NodeTools } from '../../nodes/kit/define-node.ts';

helper.init(createRequire(import.meta.url).resolve('node-red'));

describe('kit: defineNode', () => {
  let handle: InputHandler;
  let tools: NodeTools<object>;
  let caught: NodeMessage[];
  let completed: NodeMessage[];
  let sent: NodeMessage[];

  const place = { z: 'tab', x: 0, y: 0 };
  const flow = [
    { id: 'tab', type: 'tab', label: 'x' },
    { id: 'node', type: 'under-test', version: 1, ...place, wires: [['out']] },
    { id: 'catch', type: 'catch', ...place, scope: null, wires: [] },
    { id: 'done', type: 'complete', ...place, scope: ['node'], wires: [] },
    { id: 'out', type: 'helper', ...place, wires: [] },
  ];

  beforeEach(async () => {
    const register = (RED: NodeAPI) =>
      RED.nodes.registerType(
        'under-test',
        defineNode<object>(RED, {
          type: 'under-test',
          parse: (raw) => raw,
          start(given) {
            tools = given;
            return (msg, send) => handle(msg, send);
          },
        }),
      );
    await helper.load(register, flow as never);
    [caught, completed, sent] = ['catch', 'done', 'out'].map((id) => {
      const heard: NodeMessage[] = [];
      helper.getNode(id).on('input', (msg) => heard.push(msg));
      return heard;
    }) as [NodeMessage[], NodeMessage[], NodeMessage[]];
  });
  afterEach(() => {
    open = false;
    return helper.unload();
  });

  /** Set by a test whose handler is meant to stay open. */
  let open = false;
  const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

  const put = async (handler: InputHandler) => {
    handle = handler;
    const before = caught.length + completed.length;
    helper.getNode('node').receive({ payload: 1 });
    for (let waits = 0; waits < 100 && caught.length + completed.length === before && !open; waits += 1)
      await pause();
    await pause();
    return [caught.length, completed.length, sent.length];
  };

  it('completes once, for sync and async work', async () => {
    assert.deepEqual(await put((msg, send) => send(msg)), [0, 1, 1]);
    assert.deepEqual(await put(async (msg, send) => send(msg)), [0, 2, 2]);
  });

  it('gives what is thrown, now or later, to Catch once, with a code, and does not complete', async () => {
    const broken = () => {
      throw new Error('now');
    };
    assert.deepEqual(await put(broken), [1, 0, 0]);
    assert.deepEqual(await put(() => Promise.reject(new Error('later'))), [2, 0, 0]);
    assert.deepEqual(await put(() => Promise.reject()), [3, 0, 0]);
    for (const { error } of caught) assert.equal((error as { code: string }).code, 'E_UNEXPECTED');
  });

  it('drops what comes after the node closed', async () => {
    let finish = () => {};
    open = true;
    const late = put(async (msg, send) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      send(msg);
      throw new Error('late');
    });
    await late;
    await helper.getNode('node').close(false);
    finish();
    await pause();
    assert.deepEqual([caught.length, completed.length, sent.length], [0, 0, 0]);
    tools.send({ payload: 'late' });
    assert.equal(tools.life.size, 0);
    assert.ok(tools.life.closed);
  });

  it('names a setting that is wrong as the dialog does', async () => {
    await helper.unload();
    const labels: Record<string, string> = { 'labelled.label.beforeClose': 'Before the close' };
    const register = (RED: NodeAPI) =>
      RED.nodes.registerType(
        'labelled',
        defineNode({ ...RED, _: (id: string) => labels[id] ?? id } as NodeAPI, {
          type: 'labelled',
          parse: (raw) => number(raw, 'beforeClose', 10, { min: 1, max: 200 }),
          start: () => undefined,
        }),
      );
    await helper.load(register, [
      { id: 'tab', type: 'tab', label: 'x' },
      { id: 'wrong', type: 'labelled', version: 1, beforeClose: 500, ...place, wires: [] },
      { id: 'caught', type: 'catch', ...place, scope: null, wires: [] },
    ] as never);
    const heard: NodeMessage[] = [];
    helper.getNode('caught').on('input', (msg) => heard.push(msg));
    helper.getNode('wrong').receive({});
    for (let waits = 0; waits < 100 && heard.length === 0; waits += 1) await pause();
    const { code, message } = (heard[0] as NodeMessage).error as { code: string; message: string };
    assert.equal(code, 'E_INPUT');
    assert.match(message, /Before the close: 500 is not accepted; expected a number from 1 to 200$/);
  });

  it('hears what its own listeners throw, with a code', async () => {
    tools.life.after(1, async () => {
      throw new Error('in a timer');
    });
    for (let waits = 0; waits < 100 && caught.length === 0; waits += 1) await pause();
    assert.deepEqual(
      caught.map(({ error }) => (error as { message: string }).message),
      ['Error: in a timer'],
    );
  });
});
