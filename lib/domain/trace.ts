import { z } from 'zod';

/** One line of why: each node on the wire adds one to `msg.trace`. */
export const traceEntrySchema = z.object({
  node: z.string(),
  /** ISO 8601, wall time. */
  at: z.string(),
  decision: z.string(),
  because: z.string(),
  figures: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])).default({}),
});

export type TraceEntry = z.infer<typeof traceEntrySchema>;
export type Figures = Record<string, number | string | boolean | null>;

/** Why an intent or a signal was turned down: which limit, what it allows, what was asked. */
export interface Refusal {
  /** The rule's name, e.g. `max-position`. */
  rule: string;
  /** One sentence with the figures in it. */
  message: string;
  /** What the rule allows. */
  limit?: number | string;
  /** What the order would have made of it. */
  value?: number | string;
  /** The policy field or message field that decides, e.g. `maxPositionPercent`. */
  field?: string;
  /** When it was turned down, market time; in the record alone. */
  at?: number;
}
