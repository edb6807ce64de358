import { inputError } from '../lib/domain/errors.ts';

/**
 * Faults on command: what a network and a broker do to a client on a bad day. Each kind is one line of KINDS; the
 * gateway asks before and after it processes a request what is to happen.
 */

/** What a fault makes of a request at one of the two moments. */
export type Effect =
  /** Wait this long, then go on. */
  | { act: 'wait'; ms: number }
  /** Cut the connection without an answer. */
  | { act: 'cut' }
  /** Answer as if the backend had failed. */
  | { act: 'fail' };

interface FaultKind {
  /** Takes the settings of this kind out of the request, or throws an input error. */
  read(body: Record<string, unknown>): Record<string, unknown>;
  before?(fault: Fault): Effect | null;
  after?(fault: Fault): Effect | null;
}

const none = () => ({});

/** The catalogue. `before` runs ahead of any processing, `after` when the order, if it was one, is on disk. */
const KINDS = {
  delay: {
    read(body) {
      const when = body.when ?? 'after';
      if (when !== 'before' && when !== 'after') throw inputError('when', when, '"before" or "after"');
      return { ms: wholeNumber(body, 'ms', 1, 600_000), when };
    },
    before: (fault) => (fault.settings.when === 'before' ? wait(fault) : null),
    after: (fault) => (fault.settings.when === 'after' ? wait(fault) : null),
  },
  close_before: { read: none, before: () => ({ act: 'cut' }) },
  close_after: { read: none, after: () => ({ act: 'cut' }) },
  error_after: { read: none, after: () => ({ act: 'fail' }) },
} as const satisfies Record<string, FaultKind>;

export type FaultKindName = keyof typeof KINDS;

function wait(fault: Fault): Effect {
  return { act: 'wait', ms: Number(fault.settings.ms) };
}

export interface Fault {
  id: number;
  match: { method?: string; path?: string };
  kind: FaultKindName;
  settings: Record<string, unknown>;
  /** How many more requests it will hit. */
  times: number;
}

export class Faults {
  #armed: Fault[] = [];
  #lastId = 0;

  /** Arms a fault from a control request; `E_INPUT` names the field that is wrong. */
  arm(body: unknown): object {
    if (body === null || typeof body !== 'object' || Array.isArray(body)) {
      throw inputError(
        'fault',
        body,
        'a JSON object such as {"kind":"close_after","match":{"method":"POST"}}',
      );
    }
    const fields = body as Record<string, unknown>;
    const kind = fields.kind;
    if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) {
      throw inputError('kind', kind, `one of ${Object.keys(KINDS).join(', ')}`);
    }
    const name = kind as FaultKindName;
    const settings = KINDS[name].read(fields);
    const known = new Set(['kind', 'match', 'times', ...Object.keys(settings)]);
    for (const field of Object.keys(fields)) {
      if (!known.has(field)) throw inputError(field, fields[field], `one of ${[...known].join(', ')}`);
    }
    const times = fields.times === undefined ? 1 : wholeNumber(fields, 'times', 1, 1_000_000);
    this.#lastId += 1;
    const fault: Fault = { id: this.#lastId, match: matcher(fields.match), kind: name, settings, times };
    this.#armed.push(fault);
    return shown(fault);
  }

  list(): object[] {
    return this.#armed.map(shown);
  }

  /** Disarms everything; tells how many there were. */
  clear(): number {
    const count = this.#armed.length;
    this.#armed = [];
    return count;
  }

  /** The faults that hit this request; each is used up by one. */
  hit(method: string, path: string): Fault[] {
    const hits = this.#armed.filter(
      ({ match }) =>
        (match.method === undefined || match.method === method) &&
        (match.path === undefined || path.includes(match.path)),
    );
    for (const fault of hits) fault.times -= 1;
    this.#armed = this.#armed.filter((fault) => fault.times > 0);
    return hits;
  }
}

export function effects(faults: readonly Fault[], moment: 'before' | 'after'): Effect[] {
  return faults.flatMap((fault) => {
    const kind: FaultKind = KINDS[fault.kind];
    return kind[moment]?.(fault) ?? [];
  });
}

function shown(fault: Fault): object {
  return { id: fault.id, kind: fault.kind, match: fault.match, ...fault.settings, times: fault.times };
}

function matcher(value: unknown): Fault['match'] {
  if (value === undefined) return {};
  const expected = 'an object with method and path, e.g. {"method":"POST","path":"/orders"}';
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw inputError('match', value, expected);
  const match: Fault['match'] = {};
  for (const [field, wanted] of Object.entries(value)) {
    if (field !== 'method' && field !== 'path') throw inputError(`match.${field}`, wanted, expected);
    if (typeof wanted !== 'string' || wanted === '') throw inputError(`match.${field}`, wanted, 'a text');
    match[field] = field === 'method' ? wanted.toUpperCase() : wanted;
  }
  return match;
}

function wholeNumber(body: Record<string, unknown>, field: string, least: number, most: number): number {
  const value = body[field];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw inputError(field, value, `a whole number from ${least} to ${most}`);
  }
  return value;
}
