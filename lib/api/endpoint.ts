import type { z } from 'zod';
import type { ApiContext } from './context.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

type Shape = z.ZodObject;

export interface ApiAnswer {
  status: number;
  body: object;
}

export interface Described {
  description: string;
  schema: z.ZodType;
}

/** One thing the API does: what it takes and answers, for the reader, for the check of what comes in and for the document. */
export interface Endpoint {
  id: string;
  method: Method;
  /** With `{name}` for each of `params`. */
  path: string;
  /** Other paths with the same answer; the document names them in passing. */
  also?: readonly string[];
  tag: string;
  summary: string;
  params?: Shape;
  query?: Shape;
  body?: Shape;
  /** A request that is answered well; an `{id}` is the caller's. */
  example?: { query?: string; body?: Record<string, unknown> };
  answers: Record<number, Described>;
  handle(context: ApiContext, input: Input): ApiAnswer | Promise<ApiAnswer>;
}

interface Input {
  params: Record<string, unknown>;
  query: Record<string, unknown>;
  body: Record<string, unknown>;
}

interface Typed<P extends Shape, Q extends Shape, B extends Shape> extends Omit<Endpoint, 'handle'> {
  params?: P;
  query?: Q;
  body?: B;
  handle(
    context: ApiContext,
    input: { params: z.output<P>; query: z.output<Q>; body: z.output<B> },
  ): ApiAnswer | Promise<ApiAnswer>;
}

/** Ties the types of the inputs to their schemas. */
export function endpoint<P extends Shape, Q extends Shape, B extends Shape>(one: Typed<P, Q, B>): Endpoint {
  return one as unknown as Endpoint;
}
