/** A desk as `npm start` brings it, and a Chromium to look at it with. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { cleanUp, DeskRun, temporaryDirectory } from '../start/desk-run.ts';

export const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
export const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--font-render-hinting=none',
];

export interface Rig {
  readonly desk: DeskRun;
  /** A page of its own; what went wrong in it is told by `complaints`. */
  open(path: string, size?: { width: number; height: number }): Promise<Page>;
  /** Ends the desk and starts it on what it kept. Closes every page: they would miss it. */
  restart(): Promise<void>;
  readonly complaints: string[];
}

/** A suite that needs Chromium: skipped without it, a failure under CI=true. `env`: what the desk is started with. */
export function browserSuite(
  title: string,
  body: (rig: Rig) => void,
  env: Record<string, string> = {},
): void {
  describe(title, function () {
    this.timeout(60_000);
    if (!existsSync(CHROMIUM)) {
      const reason = `there is no ${CHROMIUM}; install Chromium or set CHROMIUM_PATH`;
      if (process.env.CI === 'true') {
        it('needs Chromium', () => assert.fail(reason));
      } else it.skip(`needs Chromium (skipped: ${reason})`);
      return;
    }
    const rig = new Machine(env);
    before(() => rig.start());
    after(() => rig.stop());
    body(rig);
  });
}

export class Machine implements Rig {
  readonly complaints: string[] = [];
  #userDir = '';
  readonly #env: Record<string, string>;
  #desk: DeskRun | null = null;
  #browser: Browser | null = null;

  constructor(env: Record<string, string> = {}) {
    this.#env = env;
  }

  get desk(): DeskRun {
    assert.ok(this.#desk, 'the desk is not started');
    return this.#desk;
  }

  async start(): Promise<void> {
    this.#userDir = temporaryDirectory();
    this.#desk = await DeskRun.start({ userDir: this.#userDir, env: this.#env });
    this.#browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  }

  async open(path: string, size = { width: 1280, height: 800 }): Promise<Page> {
    assert.ok(this.#browser, 'the browser is not started');
    // Without service workers: the dashboard's would lay a notice over the page.
    const context = await this.#browser.newContext({ viewport: size, serviceWorkers: 'block' });
    const page = await context.newPage();
    page.on('pageerror', (error) => this.complaints.push(`${path}: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.text().startsWith('Validation error')) {
        this.complaints.push(`${path}: ${message.text()}`);
      }
    });
    page.on('request', (request) => {
      const { hostname, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && hostname !== '127.0.0.1') {
        this.complaints.push(`${path}: asks ${hostname}`);
      }
    });
    await page.goto(new URL(path, this.desk.ready.editor).href);
    return page;
  }

  async restart(): Promise<void> {
    for (const context of this.#browser?.contexts() ?? []) await context.close();
    await this.#desk?.stop();
    this.#desk = await DeskRun.start({ userDir: this.#userDir, env: this.#env });
  }

  async stop(): Promise<void> {
    try {
      await this.#browser?.close();
      await this.#desk?.stop();
    } finally {
      await cleanUp();
    }
  }
}

/** What really happened in the simulator. */
export async function truth(rig: Rig) {
  const answer = await fetch(new URL('/_sim/truth', rig.desk.ready.simulator));
  return (await answer.json()) as { orders: { symbol: string; status: string; exec_quantity: number }[] };
}

/** The editor, ready to be worked with. */
export async function openEditor(rig: Rig, size = { width: 1600, height: 1000 }): Promise<Page> {
  const page = await rig.open('/', size);
  await page.locator('.red-ui-palette-node[data-palette-type="webhook-in"]').waitFor({ state: 'attached' });
  await page.locator('[id="tt-webhook-size"]').waitFor();
  // The first node of the flow gets its light from the running account.
  await page.locator('[id="tt-webhook-size"] .red-ui-flow-node-status-label').waitFor();
  return page;
}

/** Runs code of the editor's own, such as `RED.actions.invoke('core:add-flow')`. */
export function inEditor<T>(page: Page, code: string): Promise<T> {
  return page.evaluate(code) as Promise<T>;
}

/** Presses the button of an inject node. */
export async function press(page: Page, node: string): Promise<void> {
  await page.locator(`[id="${node}"] .red-ui-flow-node-button-button`).click();
}

/** The words beneath a node; '' while it has none. */
export async function statusOf(page: Page, node: string): Promise<string> {
  return (await page.locator(`[id="${node}"] .red-ui-flow-node-status-label`).allTextContents()).join('');
}
