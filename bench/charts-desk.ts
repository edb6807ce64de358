/** What the charts' bench asks: Node-RED with the chart feed and bare routes beside it, and bare node:http. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { Child } from './child.ts';
import type { Market } from './programs.ts';
import { type FlowNode, userDirectory } from './user-directory.ts';

const root = path.resolve(import.meta.dirname, '..');
const READY_MS = 60_000;

export interface ChartsDesk {
  children: Child[];
  /** Node-RED's origin: the feed at /udf, bare routes at /bare, /express and /columns. */
  desk: string;
  /** Bare node:http. */
  plain: string;
}

export async function chartsDesk(at: string, beside: Market): Promise<ChartsDesk> {
  const port = await freePort();
  const flow = JSON.parse(readFileSync(path.join(root, 'flows/market-data.json'), 'utf8')) as FlowNode[];
  const bare: FlowNode = { id: 'bench-bare', type: 'bench-bare', z: 'tt-market-tab', x: 0, y: 0, wires: [] };
  const args = userDirectory(at, [...flow, bare], port, true);
  writeFileSync(path.join(at, 'nodes/bench-bare.js'), BARE);
  writeFileSync(path.join(at, 'nodes/bench-bare.html'), BARE_HTML);
  const env = { TRADER_SIM_URL: beside.rest, TRADER_SIM_TOKEN: beside.token, BENCH_ROOT: root };
  const children = [new Child('Node-RED', args, env)];
  const plain = new Child('plain', ['-e', PLAIN]);
  children.push(plain);
  const { url } = await plain.ask<{ url: string }>();
  const desk = `http://127.0.0.1:${port}`;
  const end = performance.now() + READY_MS;
  while (!(await answers(`${desk}/udf/history?symbol=AAPL&resolution=1D&countback=2&to=4000000000`))) {
    if (performance.now() > end) throw new Error('the feed did not get ready');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { children, desk, plain: url };
}

/** Lets the bare routes hold what the feed answers here, as it is on the wire. */
export async function hold({ desk, plain }: ChartsDesk, name: string, question: string, encoding: string) {
  const source = `${desk}/udf${question}`;
  for (const origin of [desk, plain]) {
    const asked = new URLSearchParams({ name, source, encoding });
    const answer = await fetch(`${origin}/hold?${asked}`);
    if (!answer.ok) throw new Error(`${origin} did not hold ${name}: ${await answer.text()}`);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** Reads an answer as it is on the wire, and sends it again with as few headers as there can be. */
const HOLDING = `
const http = require('node:http');
const held = new Map();
const hold = (url, res) => {
  const asked = new URL(url, 'http://localhost').searchParams;
  const headers = asked.get('encoding') ? { 'accept-encoding': asked.get('encoding') } : {};
  http.get(asked.get('source'), { headers }, (from) => {
    const chunks = [];
    from.on('data', (chunk) => chunks.push(chunk));
    from.on('end', () => {
      const body = Buffer.concat(chunks);
      const head = { 'content-type': from.headers['content-type'], 'content-length': body.length };
      if (from.headers['content-encoding']) head['content-encoding'] = from.headers['content-encoding'];
      const columns = head['content-encoding'] ? null : JSON.parse(body.toString());
      held.set(asked.get('name'), { body, head, columns });
      res.end('held');
    });
  });
};
const send = (name, res) => { const { body, head } = held.get(name); res.writeHead(200, head); res.end(body); };
const stringify = (name, res) => {
  const body = Buffer.from(JSON.stringify(held.get(name).columns));
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  res.end(body);
};
`;

const BARE = `${HOLDING}
module.exports = (RED) => {
  RED.nodes.registerType('bench-bare', function (config) {
    RED.nodes.createNode(this, config);
    import(process.env.BENCH_ROOT + '/dist/nodes/kit/front-door.js').then(({ openDoor }) => {
      const name = (url) => url.slice(1).split('?', 1)[0];
      openDoor(RED.server, '/hold', (req, res) => hold(req.url, res));
      openDoor(RED.server, '/bare', (req, res) => send(name(req.url), res));
      openDoor(RED.server, '/columns', (req, res) => stringify(name(req.url), res));
    });
    RED.httpNode.get('/express/:name', (req, res) => send(req.params.name, res));
  });
};
process.on('disconnect', () => process.exit(0));
`;
const BARE_HTML = `<script type="text/javascript">
RED.nodes.registerType('bench-bare', { category: 'function', defaults: {}, inputs: 0, outputs: 0 });
</script>`;

const PLAIN = `${HOLDING}
const server = http.createServer((req, res) => {
  if (req.url.startsWith('/hold?')) hold(req.url, res);
  else send(req.url.slice(6).split('?', 1)[0], res);
});
server.listen(0, '127.0.0.1', () => process.send({ url: 'http://127.0.0.1:' + server.address().port }));
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
`;
