import type { NodeMessage } from 'node-red';
import type { z } from 'zod';
import { isoTime, type WallTime } from '../../lib/domain/clock.ts';
import { inputError } from '../../lib/domain/errors.ts';
import { read } from '../../lib/domain/read.ts';
import type { Figures, Refusal, TraceEntry } from '../../lib/domain/trace.ts';

/** What belongs to the wire and not to the sender: it is set anew by each node. */
const OWN = new Set(['payload', 'topic', 'trace', 'because']);
/** Live objects of an HTTP request: not JSON, and not ours to keep. */
const LIVE = new Set(['req', 'res']);

export const PASS_THROUGH_BYTES = 16_384;

/** The properties of a message that go with its order: plain JSON, bounded; the largest are left out first. */
export function passThrough(msg: NodeMessage, limit: number = PASS_THROUGH_BYTES): Record<string, unknown> {
  const kept = Object.entries(msg)
    .filter(([name]) => !OWN.has(name) && !LIVE.has(name))
    .map(([name, value]) => ({ name, json: plainJson(value) }))
    .filter((entry): entry is { name: string; json: string } => entry.json !== undefined)
    .map(({ name, json }) => ({ name, json, bytes: Buffer.byteLength(json) + Buffer.byteLength(name) + 4 }))
    .sort((a, b) => a.bytes - b.bytes);
  const result: Record<string, unknown> = {};
  let total = 2;
  for (const { name, json, bytes } of kept) {
    total += bytes;
    if (total > limit) break;
    result[name] = JSON.parse(json);
  }
  return result;
}

/** A value as JSON; undefined for one that plain JSON cannot hold. */
function plainJson(value: unknown): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') return undefined;
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

export interface Said {
  node: string;
  decision: string;
  because: string;
  figures?: Figures;
}

/** The message's trace with one line more. Whatever else stands there, a trace is a list. */
export function traced(msg: NodeMessage, wall: WallTime, said: Said): TraceEntry[] {
  const before = Array.isArray(msg.trace) ? (msg.trace as TraceEntry[]) : [];
  const { node, decision, because, figures = {} } = said;
  return [...before, { node, at: isoTime(wall.now()), decision, because, figures }];
}

/**
 * The same message with a new payload, topic and trace; everything else stays. `because` is what the trace said last,
 * for a debug node that shows one sentence.
 */
export function carry(msg: NodeMessage, payload: unknown, topic: string, trace: TraceEntry[]): NodeMessage {
  return { ...msg, payload, topic, trace, because: trace.at(-1)?.because ?? '' };
}

/** All reasons in one sentence, for a trace. */
export function reasons(refusals: readonly Refusal[]): string {
  return refusals.map(({ message }) => message).join('; ');
}

/** Reads a payload; the error names the field, its value and what was expected. */
export function parsePayload<T>(schema: z.ZodType<T>, payload: unknown, what: string): T {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw inputError('payload', payload, what);
  }
  return read(schema, payload, 'payload');
}
