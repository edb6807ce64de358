/** User directories of Node-RED for the bench: the shipped flow with its policy opened, the stock flow, and none. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');

export interface FlowNode {
  id: string;
  type: string;
  wires?: string[][];
  [field: string]: unknown;
}

/** Everything that would turn an alert of the bench away. */
const OPENED = {
  maxOrderQuantity: '1000000',
  maxOrderValue: '100000000',
  maxPositionPercent: '100',
  maxConcentrationPercent: '100',
  maxOpenPositions: '1000',
  maxDailyLossPercent: '100',
  minEquity: '0',
  priceBandPercent: '100',
  quoteMaxAgeSeconds: '15',
  maxSpreadPercent: '100',
  duplicateWindowSeconds: '0',
  permitSeconds: '60',
};

/** The flow as it is shipped, without the dashboard's widgets; what place-order says is heard by the bench. */
export function shippedFlow(): FlowNode[] {
  const nodes = JSON.parse(
    readFileSync(path.join(root, 'flows/tradingview-webhook.json'), 'utf8'),
  ) as FlowNode[];
  const kept = nodes.filter(({ type }) => !type.startsWith('ui-'));
  const ids = new Set(kept.map(({ id }) => id));
  const flow = kept.map((node): FlowNode => {
    const wires = node.wires?.map((wire) => wire.filter((id) => ids.has(id)));
    if (node.type === 'risk-policy') return { ...node, ...OPENED };
    if (node.type === 'webhook-in') return { ...node, wires: wires ?? [], rateAlerts: 0 };
    if (/^(position-size|risk-check|place-order)$/.test(node.type)) {
      const [first = [], second = []] = wires ?? [];
      // First in line, so that what else the flow does with the order is not measured.
      const heard = node.type === 'place-order' ? ['bench-tap', ...first] : first;
      return { ...node, wires: [heard, [...second, 'bench-tap-refused']] };
    }
    return wires === undefined ? node : { ...node, wires };
  });
  const z = String(kept.find(({ type }) => type === 'webhook-in')?.z);
  return [...flow, tap('bench-tap', z, 'acknowledged'), tap('bench-tap-refused', z, 'failed')];
}

/** The shipped flow, and beside it every quote of these symbols told to a node. */
export function quotedFlow(symbols: readonly string[]): FlowNode[] {
  const flow = shippedFlow();
  const z = String(flow.find(({ id }) => id === 'bench-tap')?.z);
  const account = flow.find(({ type }) => type === 'trader-account')?.id;
  const stream = {
    mode: 'stream',
    symbols: symbols.join(','),
    throttle: 0,
    onlyChanges: false,
    greeks: false,
  };
  const quotes = { id: 'bench-quotes', type: 'tradier-quote', z, x: 0, y: 0, account, ...stream };
  return [...flow, { ...quotes, wires: [['bench-quoted']] }, tap('bench-quoted', z, 'quotes')];
}

/** Node-RED's own nodes: parse and check in a function, answer, order by `http request`. No record of anything. */
export function stockFlow(rest: string, token: string, account: string, secret: string): FlowNode[] {
  const z = 'stock';
  const func = `const alert = msg.payload;
if (!alert || alert.secret !== ${JSON.stringify(secret)}) return [{ res: msg.res, statusCode: 401, payload: '' }, null];
if (!/^[A-Z.]{1,10}$/.test(alert.ticker) || !(alert.action === 'buy' || alert.action === 'sell') || !(alert.contracts > 0))
    return [{ res: msg.res, statusCode: 422, payload: '' }, null];
return [
    { res: msg.res, statusCode: 200, payload: { status: 'accepted', signal: alert.id } },
    { alertId: alert.id,
      headers: { authorization: ${JSON.stringify(`Bearer ${token}`)}, accept: 'application/json',
                 'content-type': 'application/x-www-form-urlencoded' },
      payload: { class: 'equity', symbol: alert.ticker, side: alert.action, quantity: String(alert.contracts),
                 type: 'market', duration: 'day', tag: ('bench-' + alert.id).slice(0, 100) } },
];`;
  const common = { z, x: 0, y: 0 };
  const request = { method: 'POST', ret: 'obj', url: `${rest}/accounts/${account}/orders` };
  return [
    { id: z, type: 'tab', label: 'stock' },
    { ...common, id: 's-in', type: 'http in', url: '/alert', method: 'post', wires: [['s-function']] },
    { ...common, id: 's-function', type: 'function', func, outputs: 2, wires: [['s-answer'], ['s-request']] },
    { ...common, id: 's-answer', type: 'http response', statusCode: '', headers: {}, wires: [] },
    { ...common, id: 's-request', type: 'http request', ...request, wires: [['bench-tap']] },
    tap('bench-tap', z, 'acknowledged'),
  ];
}

/** Writes it and returns the arguments with which Node runs Node-RED there. `ours`: with the trading nodes. */
export function userDirectory(at: string, flow: FlowNode[], port: number, ours: boolean): string[] {
  mkdirSync(path.join(at, 'nodes'), { recursive: true });
  const settings = {
    uiHost: '127.0.0.1',
    uiPort: port,
    flowFile: 'flows.json',
    credentialSecret: 'bench',
    nodesDir: ours ? [root] : [],
    telemetry: { enabled: false },
    editorTheme: { tours: false },
    logging: { console: { level: 'info', metrics: false, audit: false } },
  };
  writeFileSync(path.join(at, 'settings.js'), `module.exports = ${JSON.stringify(settings)};\n`);
  writeFileSync(path.join(at, 'flows.json'), JSON.stringify(flow));
  writeFileSync(path.join(at, 'nodes/bench-tap.js'), TAP);
  writeFileSync(path.join(at, 'nodes/bench-tap.html'), TAP_HTML);
  return [path.join(root, 'node_modules/node-red/red.js'), '-u', at];
}

function tap(id: string, z: string, kind: string): FlowNode {
  return { id, type: 'bench-tap', z, x: 0, y: 0, kind, wires: [] };
}

/** Notes when the first message of an alert arrives; later states of its order do not count. place-order sends it when the acknowledgement is committed. */
const TAP = `
let acknowledged = [], failed = 0, why = '', waiting = false, quotes = 0;
const seen = new Set();
const tell = () => { process.send({ acknowledged, failed, why }); acknowledged = []; waiting = false; };
process.on('message', ({ bench }) => {
  if (bench === 'usage') {
    const { user, system } = process.cpuUsage();
    process.send({ rss: process.memoryUsage.rss(), cpu: user + system, quotes });
  } else if (bench === 'next' && acknowledged.length + failed === 0) waiting = true;
  else tell();
});
process.on('disconnect', () => process.exit(0));
module.exports = (RED) => {
  RED.nodes.registerType('bench-tap', function (config) {
    RED.nodes.createNode(this, config);
    if (config.kind === 'quotes') this.on('input', (msg, send, done) => { quotes += 1; done(); });
    else this.on('input', (msg, send, done) => {
      const at = String(process.hrtime.bigint());
      const id = msg.alertId ?? /alert (\\S+)/.exec(msg.trace?.[0]?.because ?? '')?.[1] ?? '';
      const order = msg.payload?.order?.id ?? msg.payload?.id;
      if (config.kind === 'failed' || !order) { failed += 1; why = JSON.stringify(msg.payload).slice(0, 500); }
      else if (id !== '' && !seen.has(id)) { seen.add(id); acknowledged.push([id, at]); }
      if (waiting) tell();
      done();
    });
  });
};
`;
const TAP_HTML = `<script type="text/javascript">
RED.nodes.registerType('bench-tap', { category: 'function', defaults: { kind: { value: '' } }, inputs: 1, outputs: 0 });
</script>`;
