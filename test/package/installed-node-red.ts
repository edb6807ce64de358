/** Node-RED with its own default settings on a user directory: what a person has who never saw this repository. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { eventually, freePort, outsideEnvironment, root } from '../start/desk-run.ts';

export class InstalledNodeRed {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly base: string;
  log = '';
  #ended = false;

  private constructor(node: string, userDir: string, port: number, env: Record<string, string>) {
    this.base = `http://127.0.0.1:${port}`;
    const args = [path.join(root, 'node_modules/node-red/red.js'), '--no-telemetry'];
    this.#child = spawn(node, [...args, '-u', userDir, '-p', String(port), '-D', 'uiHost=127.0.0.1'], {
      cwd: userDir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...outsideEnvironment(), HOME: userDir, ...env },
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once('close', () => {
        this.#ended = true;
        resolve();
      });
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk) => {
        this.log += chunk;
      });
  }

  /** Resolves when the editor answers. */
  static async start(node: string, userDir: string, env: Record<string, string>): Promise<InstalledNodeRed> {
    const nodeRed = new InstalledNodeRed(node, userDir, await freePort(), env);
    try {
      await nodeRed.#eventually(
        'the editor answers',
        async () => (await nodeRed.status('/settings')) === 200,
      );
      return nodeRed;
    } catch (error) {
      await nodeRed.stop();
      throw error;
    }
  }

  async status(at: string): Promise<number | null> {
    try {
      return (await fetch(this.base + at)).status;
    } catch {
      return null;
    }
  }

  async json(at: string, init: RequestInit = {}): Promise<unknown> {
    const headers = { accept: 'application/json', 'content-type': 'application/json', ...init.headers };
    const response = await fetch(this.base + at, { ...init, headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`${at} answered ${response.status}: ${text}\n${this.log}`);
    return JSON.parse(text);
  }

  async text(at: string, accept: string): Promise<string> {
    return (await fetch(this.base + at, { headers: { accept } })).text();
  }

  /** Waits for it; a Node-RED that ended, or the log on a failure, tells why not. */
  async #eventually(what: string, check: () => Promise<boolean>): Promise<void> {
    await eventually(what, async () => this.#ended || check(), 60_000).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.log}`);
    });
    if (this.#ended) throw new Error(`Node-RED ended:\n${this.log}`);
  }

  async until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    let found: T | undefined;
    await this.#eventually(what, async () => {
      found = await ask();
      return found !== undefined;
    });
    return found as T;
  }

  async stop(): Promise<void> {
    if (!this.#ended) this.#child.kill('SIGTERM');
    await this.#exited;
  }
}
