import { methodNotAllowed, notFound } from './errors.ts';
import type { Params, Reply } from './http.ts';
import type { Category } from './rate-limits.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** One line of the API: `:name` in a path is one segment, found in `call.path`. */
export interface Route {
  method: Method;
  path: string;
  category: Category;
  handle(call: Call): Reply;
}

export interface Call {
  params: Params;
  path: Readonly<Record<string, string>>;
  /** `host:port` as the client wrote it, for the addresses in answers. */
  host: string;
}

export type Match =
  | { route: Route; path: Record<string, string>; category: Category }
  | { route: null; reply: Reply; category: Category };

export class Router {
  readonly #routes: { route: Route; parts: string[] }[];

  /** The routes below each root, such as `/v1`. */
  constructor(roots: Record<string, Route[]>) {
    this.#routes = Object.entries(roots).flatMap(([root, routes]) =>
      routes.map((route) => ({ route, parts: split(root + route.path) })),
    );
  }

  /** `pathname` begins with a root and is still percent-encoded. */
  match(method: string, pathname: string): Match {
    const segments = split(pathname);
    const allowed: string[] = [];
    for (const { route, parts } of this.#routes) {
      const path = fitted(parts, segments);
      if (!path) continue;
      if (route.method === method) return { route, path, category: route.category };
      allowed.push(route.method);
    }
    const category = segments[1] === 'markets' ? 'market' : 'standard';
    const reply = allowed.length ? methodNotAllowed(method, pathname, allowed) : notFound(method, pathname);
    return { route: null, reply, category };
  }
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function fitted(parts: string[], segments: string[]): Record<string, string> | null {
  if (parts.length !== segments.length) return null;
  const found: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] as string;
    if (part.startsWith(':')) found[part.slice(1)] = decoded(segment);
    else if (part !== segment) return null;
  }
  return found;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
