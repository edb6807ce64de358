import { inputError } from '../domain/errors.ts';

/** Pages of which other sites may read the feed: a browser asks. Pages of our own origin always may. */
export interface Origins {
  /** True for every page there is. */
  open: boolean;
  /** What Access-Control-Allow-Origin says to a page; null: nothing, and its browser keeps the answer from it. */
  allowed(origin: string | undefined): string | null;
}

/** `https://chart.example, http://localhost:3000`, `*` for every page, '' for none. Throws E_INPUT naming the entry. */
export function readOrigins(text: string, field = 'origins'): Origins {
  const names = text.split(/[\s,;]+/).filter((part) => part !== '');
  if (names.includes('*')) return { open: true, allowed: () => '*' };
  const known = new Set(names.map((name) => originOf(name, field)));
  return {
    open: false,
    allowed: (origin) => (origin !== undefined && known.has(origin.toLowerCase()) ? origin : null),
  };
}

function originOf(name: string, field: string): string {
  const expected = 'the origin of a page, such as https://chart.example or http://localhost:3000, or *';
  if (!URL.canParse(name)) throw inputError(field, name, expected);
  const { protocol, origin, pathname, search, hash, username } = new URL(name);
  const bare = (pathname === '/' || pathname === '') && search + hash + username === '';
  if (!/^https?:$/.test(protocol) || !bare) throw inputError(field, name, expected);
  return origin;
}
