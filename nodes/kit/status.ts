import type { NodeStatus, NodeStatusFill, NodeStatusShape } from 'node-red';
import type { ElapsedTime, Timer } from '../../lib/domain/clock.ts';
import type { Environment } from '../../lib/domain/portfolio.ts';
import type { Refusal } from '../../lib/domain/trace.ts';

/** What a colour and a shape mean, the same on every node. */
const LOOKS = {
  idle: ['grey', 'ring'],
  waiting: ['yellow', 'ring'],
  ok: ['green', 'dot'],
  busy: ['blue', 'dot'],
  stale: ['yellow', 'dot'],
  down: ['red', 'ring'],
  failed: ['red', 'dot'],
} as const satisfies Record<string, readonly [NodeStatusFill, NodeStatusShape]>;

export type Look = keyof typeof LOOKS;

/** Whose money it is, in front of every status text; the same in every language. */
export const MARKS: Readonly<Record<Environment, string>> = {
  simulator: 'SIM',
  'tradier-sandbox': 'paper',
  'tradier-live': 'LIVE',
};

/** Every text a node's catalogue must hold below `<type>.status`; '' for data alone. */
export type StatusKey =
  | ''
  | 'connecting'
  | 'ready'
  | 'waiting'
  | 'degraded'
  | 'halted'
  | 'reducing'
  | 'noAccount'
  | 'noSecret'
  | 'pathTaken'
  | 'misconfigured'
  | 'accepted'
  | 'duplicate'
  | 'refused'
  | 'sized'
  | 'approved'
  | 'sent'
  | 'filled'
  | 'unknown'
  | 'streaming'
  | 'error'
  | OwnStatusKey;

/** A word that one node alone needs, below its `status.own`. */
export type OwnStatusKey = `own.${string}`;

/** Of a feed that is known to be late, behind the mark; the same in every language. */
export function delayBadge(delayMs: number): string {
  return delayMs > 0 ? `DELAYED ${Math.ceil(delayMs / 60_000)} MIN` : '';
}

/** Over this, badge aside, the detail is left out: half a word helps nobody. */
const LONGEST = 32;
const QUIET_MS = 1_000;

export interface StatusParts {
  /** The node's type: texts are `<type>.status.<key>` in its catalogue. */
  type: string;
  write: (status: NodeStatus) => void;
  translate: (id: string) => string;
  elapsed: ElapsedTime;
}

/** The light below a node: at most one change a second, and the last state always wins. */
export class StatusLight {
  readonly #parts: StatusParts;
  #mark = '';
  #badge = '';
  #written = '';
  /** Put into words only when its turn comes: under load most are replaced before. */
  #pending: (() => NodeStatus) | null = null;
  #quiet: Timer | null = null;
  #steady: [Look, StatusKey, string | number, string] = ['ok', 'ready', '', ''];
  #pinned = false;
  #closed = false;

  constructor(parts: StatusParts) {
    this.#parts = parts;
  }

  /** `SIM`, `paper`, `LIVE`, or nothing before the account is known, and `DELAYED 15 MIN` where its quotes are late. */
  mark(environment: Environment | null, delayMs = 0): void {
    this.#mark = environment === null ? '' : MARKS[environment];
    this.#badge = delayBadge(delayMs);
  }

  /**
   * The text is `<mark> <badge> <lead> <translated key> <detail>`; lead and detail are data such as a symbol, the same
   * in every language. What is too long loses its lead first.
   */
  show(look: Look, key: StatusKey, detail: string | number = '', lead = ''): void {
    if (!this.#pinned) this.#set(look, key, detail, lead);
  }

  /** Shows what the node does all the time, such as streaming: from now on it stands where `ready` would. */
  steady(look: Look, key: StatusKey, detail: string | number = '', lead = ''): void {
    this.#steady = [look, key, detail, lead];
    this.ready();
  }

  /** All is well with the account. */
  ready(): void {
    this.show(...this.#steady);
  }

  /** Shows which limit refused, as `<type>.refusal.<rule>` names it, or just that something did. */
  refused(refusals: readonly Refusal[], detail: string | number = ''): void {
    if (this.#pinned) return;
    const rule = refusals[0]?.rule ?? '';
    const words = this.#translated(`${this.#parts.type}.refusal.${rule}`);
    if (words === null) this.#set('failed', 'refused', detail);
    else this.#set('failed', '', words);
  }

  /** Shows a fault that nothing else may cover until `unpin`. */
  pin(look: Look, key: StatusKey, detail: string | number = ''): void {
    this.#pinned = true;
    this.#set(look, key, detail);
  }

  unpin(): void {
    this.#pinned = false;
  }

  close(): void {
    this.#closed = true;
    this.#quiet?.cancel();
    this.#quiet = null;
    this.#pending = null;
  }

  #set(look: Look, key: StatusKey, detail: string | number, lead = ''): void {
    if (this.#closed) return;
    const [mark, badge] = [this.#mark, this.#badge];
    const status = (): NodeStatus => {
      const [fill, shape] = LOOKS[look];
      const told = [mark, lead, key === '' ? '' : this.#text(key), String(detail)];
      const isTooLong = () => told.filter(Boolean).join(' ').length > LONGEST;
      if (isTooLong()) told[1] = '';
      if (isTooLong() && (told[0] || told[2])) told[3] = '';
      const words = told.filter(Boolean);
      if (badge !== '') words.splice(mark === '' ? 0 : 1, 0, badge);
      return { fill, shape, text: words.join(' ') };
    };
    if (this.#quiet) this.#pending = status;
    else this.#write(status());
  }

  #text(key: StatusKey): string {
    return this.#translated(`${this.#parts.type}.status.${key}`) ?? key.replace(/^own\./, '');
  }

  #translated(id: string): string | null {
    const text = this.#parts.translate(id);
    // A catalogue without this text, and the test helper, answer with the id.
    return text === id ? null : text;
  }

  #write(status: NodeStatus): void {
    const written = JSON.stringify(status);
    if (written === this.#written) return;
    this.#written = written;
    this.#parts.write(status);
    this.#quiet = this.#parts.elapsed.after(QUIET_MS, () => {
      this.#quiet = null;
      const next = this.#pending;
      this.#pending = null;
      if (next) this.#write(next());
    });
  }
}
