import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Node, NodeAPI, NodeInitializer, NodeMessage } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { TradingAccount } from '../../lib/account.ts';
import type { AccountNode } from '../../nodes/kit/account-link.ts';
import { accountRegistry } from '../../nodes/kit/accounts.ts';
import placeOrder from '../../nodes/place-order/place-order.ts';
import portfolio from '../../nodes/portfolio/portfolio.ts';
import positionSize from '../../nodes/position-size/position-size.ts';
import riskCheck from '../../nodes/risk-check/risk-check.ts';
import riskPolicy from '../../nodes/risk-policy/risk-policy.ts';
import { accountParts } from '../../nodes/trader-account/open.ts';
import { stopIdleSimulator } from '../../nodes/trader-account/simulator.ts';
import traderAccount from '../../nodes/trader-account/trader-account.ts';
import traderApi from '../../nodes/trader-api/trader-api.ts';
import traderBars from '../../nodes/trader-bars/trader-bars.ts';
import traderClock from '../../nodes/trader-clock/trader-clock.ts';
import traderPriceAlert from '../../nodes/trader-price-alert/trader-price-alert.ts';
import tradierQuote from '../../nodes/tradier-quote/tradier-quote.ts';
import udfEndpoint from '../../nodes/udf-endpoint/udf-endpoint.ts';
import webhookIn from '../../nodes/webhook-in/webhook-in.ts';
import type { SimulatorOptions } from '../../simulator/options.ts';
import { type RunningSimulator, startSimulator } from '../../simulator/server.ts';

const require = createRequire(import.meta.url);
helper.init(require.resolve('node-red'));

export interface FlowNode {
  id: string;
  type: string;
  [field: string]: unknown;
}

export interface Truth {
  orders: { id: number; tag: string; symbol: string; side: string; quantity: number; status: string }[];
}

export type Answer = Record<string, unknown>;

const NODES: NodeInitializer[] = [
  riskPolicy,
  traderAccount,
  webhookIn,
  positionSize,
  riskCheck,
  placeOrder,
  portfolio,
  tradierQuote,
  traderApi,
  traderPriceAlert,
  udfEndpoint,
  traderBars,
  traderClock,
];

/** The flow's config nodes; every test trades on the account `account`. */
export const POLICY: FlowNode = { id: 'policy', type: 'risk-policy', preset: 'standard', version: 1 };
export const ACCOUNT: FlowNode = {
  id: 'account',
  type: 'trader-account',
  environment: 'simulator',
  accountId: '',
  policy: 'policy',
  version: 1,
};
export const TAB: FlowNode = { id: 'tab', type: 'tab', label: 'test' };

/** A node on the tab, with what the editor stores of every node. */
export function node(type: string, id: string, fields: Record<string, unknown> = {}): FlowNode {
  return { id, type, z: 'tab', x: 0, y: 0, account: 'account', version: 1, wires: [], ...fields };
}

/** A catch, status or complete node. */
export function listener(
  type: 'catch' | 'status' | 'complete',
  id: string,
  scope: string[] | null = null,
): FlowNode {
  return { id, type, z: 'tab', x: 0, y: 0, scope, wires: [] };
}

/** A node that keeps what arrives. */
export function probe(id: string): FlowNode {
  return { id, type: 'helper', z: 'tab', x: 0, y: 0, wires: [] };
}

/** Node-RED's runtime with its server, and a real simulator: one per test file. */
export class FlowDesk {
  simulator!: RunningSimulator;
  userDir = '';
  RED!: NodeAPI;
  /** Of Node-RED itself, for flows that have them. */
  readonly core: NodeInitializer[] = [];
  readonly #received = new Map<string, NodeMessage[]>();

  async start(market: SimulatorOptions = {}): Promise<void> {
    this.userDir = mkdtempSync(join(tmpdir(), 'flow-desk-'));
    this.simulator = await startSimulator({
      quotas: { standard: 1e6, market: 1e6, trading: 1e6 },
      ...market,
    });
    process.env.TRADER_SIM_URL = this.simulator.rest;
    process.env.TRADER_SIM_TOKEN = this.simulator.token;
    helper.settings({ userDir: this.userDir });
    await new Promise<void>((resolve) => helper.startServer(() => resolve()));
  }

  async stop(): Promise<void> {
    delete process.env.TRADER_SIM_URL;
    delete process.env.TRADER_SIM_TOKEN;
    await new Promise<void>((resolve) => helper.stopServer(() => resolve()));
    await this.simulator.close();
    rmSync(this.userDir, { recursive: true, force: true });
  }

  /** Loads a flow. Node-RED keeps, and empties, the credentials it is given: it gets a copy. */
  async load(flow: FlowNode[], credentials: Record<string, Record<string, string>> = {}): Promise<void> {
    this.#received.clear();
    const capture: NodeInitializer = (RED) => {
      this.RED = RED;
    };
    await helper.load(
      [capture, ...NODES, ...this.core],
      [TAB, POLICY, ...flow] as never,
      structuredClone(credentials) as never,
    );
    this.listen(flow);
  }

  /** Deploys again, as the editor does. */
  async deploy(
    flow: FlowNode[],
    type: 'full' | 'flows' | 'nodes' = 'full',
    credentials: Record<string, Record<string, string>> = {},
  ): Promise<void> {
    await helper.setFlows([TAB, POLICY, ...flow] as never, type, structuredClone(credentials) as never);
    this.listen(flow);
  }

  /** Ends the flow and everything it opened. */
  async unload(): Promise<void> {
    await helper.unload();
    // The registry keeps the RED of whoever asks first: before the first flow there is none.
    if (this.RED === undefined) return;
    await accountRegistry(accountParts(this.RED)).closeAll();
    await stopIdleSimulator();
  }

  private listen(flow: FlowNode[]): void {
    for (const { id, type } of flow) {
      if (type !== 'helper' && type !== 'catch' && type !== 'complete' && type !== 'status') continue;
      const heard = this.#received.get(id) ?? [];
      this.#received.set(id, heard);
      this.node(id).on('input', (msg) => heard.push(msg));
    }
  }

  node(id: string): Node {
    return helper.getNode(id);
  }

  /** What the probe kept since the flow was loaded. */
  heard(id: string): NodeMessage[] {
    return this.#received.get(id) ?? [];
  }

  /** The first message at a probe that fits, as soon as it is there. */
  async hears(
    id: string,
    fits: (msg: NodeMessage) => boolean = () => true,
    ms = 8_000,
  ): Promise<NodeMessage> {
    return until(
      () => this.heard(id).find(fits),
      `a message at ${id}`,
      ms,
      () => Object.fromEntries(this.#received),
    );
  }

  async account(id = 'account'): Promise<TradingAccount> {
    const account = () => (this.node(id) as AccountNode).view().account ?? undefined;
    return until(account, 'a running account', 8_000, () => (this.node(id) as AccountNode).view());
  }

  statusOf(id: string): { fill?: string; text?: string } {
    const spy = Reflect.get(this.node(id), 'status') as {
      getCalls?: () => { thisValue: Node; args: unknown[] }[];
    };
    const calls = spy.getCalls?.().filter((call) => call.thisValue.id === id) ?? [];
    return (calls.at(-1)?.args[0] ?? {}) as { fill?: string; text?: string };
  }

  /** What was logged at a level since the runtime started: 20 is error, 30 warn. */
  logged(level: number): { id?: string; type?: string; msg: unknown }[] {
    const entries = helper.log().args as { level: number; id?: string; type?: string; msg: unknown }[][];
    return entries.flat().filter((entry) => entry.level === level);
  }

  async shows(id: string, text: string | RegExp): Promise<void> {
    const fits = () => {
      const shown = this.statusOf(id).text ?? '';
      return (typeof text === 'string' ? shown === text : text.test(shown)) || undefined;
    };
    await until(fits, `status ${text} of ${id}`, 5_000, () => this.statusOf(id));
  }

  /** Where Node-RED's own server answers. */
  get origin(): string {
    return helper.url();
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.origin}${path}`, init);
  }

  async truth(): Promise<Truth> {
    const response = await fetch(`${this.simulator.control}/truth`);
    assert.equal(response.status, 200);
    return (await response.json()) as Truth;
  }

  /** Orders at the simulator of one symbol. */
  async ordersOf(symbol: string): Promise<Truth['orders']> {
    return (await this.truth()).orders.filter((order) => order.symbol === symbol);
  }

  /** Arms a fault for the next order. */
  async spoil(kind: string, settings: Record<string, unknown> = {}): Promise<void> {
    const body = JSON.stringify({ kind, ...settings, match: { method: 'POST', path: '/orders' } });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${this.simulator.control}/faults`, { method: 'POST', headers, body });
    assert.ok(response.ok, await response.text());
  }

  /** Node-RED's admin API. */
  request() {
    return helper.request();
  }

  async admin(
    method: 'GET' | 'POST',
    path: string,
    body?: object,
  ): Promise<{ status: number; body: Answer }> {
    const request = method === 'GET' ? this.request().get(path) : this.request().post(path).send(body);
    const response = await request;
    return { status: response.status, body: response.body as Answer };
  }
}

/** Asks again until there is something; fails with what was there instead. */
export async function until<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  what: string,
  ms = 8_000,
  instead: () => unknown = () => '',
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end)
      assert.fail(`no ${what} within ${ms} ms; there was ${JSON.stringify(instead())}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
