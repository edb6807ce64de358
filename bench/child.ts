/** A program under measurement: its own process, asked over the channel, ended by its pid. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Times are nanoseconds of the machine's monotonic clock, which all its processes share. */
export interface Collected {
  /** When the acknowledgement of each alert was on record, by the alert's id. */
  acknowledged: [id: string, at: string][];
  /** Alerts that ended in anything but an acknowledgement, with a sample of why. */
  failed: number;
  why: string;
}

export interface Usage {
  /** Resident memory, bytes. */
  rss: number;
  /** CPU time since the start, microseconds. */
  cpu: number;
  /** Messages that came out of `tradier-quote`. */
  quotes: number;
}

const PATIENCE_MS = 60_000;

export class Child {
  readonly #process: ChildProcess;
  readonly #name: string;
  #log = '';

  constructor(name: string, args: string[], env: Record<string, string> = {}) {
    this.#name = name;
    const kept = Object.fromEntries(
      Object.entries(process.env).filter(([key]) => !/^(TRADER_|SIM_|NODE_OPTIONS)/.test(key)),
    );
    const stdio = ['ignore', 'pipe', 'pipe', 'ipc'] as const;
    this.#process = spawn(process.execPath, args, { stdio: [...stdio], env: { ...kept, ...env } });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (chunk) => {
        this.#log = (this.#log + chunk).slice(-4000);
      });
  }

  /** Asks, or with no question waits for what the child says by itself. */
  async ask<T>(question?: string): Promise<T> {
    const ended = new AbortController();
    const timer = setTimeout(() => ended.abort(), PATIENCE_MS);
    const onExit = () => ended.abort();
    this.#process.once('exit', onExit);
    try {
      const answer = once(this.#process, 'message', { signal: ended.signal });
      if (question !== undefined) this.#process.send({ bench: question });
      return (await answer)[0] as T;
    } catch {
      throw new Error(`${this.#name} gave no answer; its last words:\n${this.#log}`);
    } finally {
      clearTimeout(timer);
      this.#process.off('exit', onExit);
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    const late = setTimeout(() => this.#process.kill('SIGKILL'), 5_000);
    this.#process.kill('SIGTERM');
    await gone;
    clearTimeout(late);
  }
}
