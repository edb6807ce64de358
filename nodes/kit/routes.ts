import type { NodeAPI } from 'node-red';
import { systemElapsed } from '../../lib/domain/clock.ts';
import { inputError } from '../../lib/domain/errors.ts';
import { openDoor, type RouteHandler } from './front-door.ts';

export type { RoutedRequest, RouteHandler } from './front-door.ts';

export interface PathOwner {
  id: string;
  /** What a person calls the node. */
  label: string;
}

export type RouteState =
  | { kind: 'open' }
  /** Another node answers there. */
  | { kind: 'taken'; by: PathOwner }
  /** Node-RED serves no HTTP nodes at all. */
  | { kind: 'off' };

/** How long the place of a node that left is kept for it, so that a deploy does not give its path to another. */
const HOLD_MS = 1_500;

interface Claim {
  owner: PathOwner;
  /** It left; its place is kept for a moment. */
  gone?: boolean;
  open(): void;
  shut(): void;
  taken(by: PathOwner): void;
}

/** Per path its claims, the first of which answers. One table in the process, however often this module is loaded. */
type PathTable = Map<string, Claim[]>;

const TABLE = Symbol.for('@trader-ops/node-red-trader/paths');
/** First parts of paths of the editor, its API and the dashboard: a webhook there would lock its owner out. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'auth comms context credentials core dashboard debug diagnostics favicon.ico flow flows icons inject library ' +
    'locales nodes plugins projects red resources settings theme trader-account types vendor'
  ).split(' '),
);
const PLAIN_PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/;

/**
 * Puts a handler on a path of Node-RED's HTTP nodes, where nothing has touched the body yet. Of two nodes on one
 * path the first answers and the second is told who it is; when the first is gone for good, the second takes over, but
 * a deploy that only replaces the first changes nothing. `elsewhere`
 * opens the whole path in a second place while this claim answers, and returns how to close it there.
 */
export function claimPath(
  RED: NodeAPI,
  path: string,
  owner: PathOwner,
  handler: RouteHandler,
  onState: (state: RouteState) => void,
  elsewhere: (path: string) => () => void = () => () => undefined,
): () => void {
  const plain = plainPath(path);
  if (RED.settings.httpNodeRoot === false || !RED.server) {
    onState({ kind: 'off' });
    return () => undefined;
  }
  const root = String(RED.settings.httpNodeRoot ?? '/').replace(/\/+$/, '');
  let close = () => {};
  const claim: Claim = {
    owner,
    open() {
      const shutHere = openDoor(RED.server, root + plain, handler);
      const shutThere = elsewhere(root + plain);
      close = () => {
        shutHere();
        shutThere();
      };
      onState({ kind: 'open' });
    },
    shut: () => close(),
    taken: (by) => onState({ kind: 'taken', by }),
  };
  return enter(plain.toLowerCase(), claim);
}

/** `/webhook/tradingview`: a leading slash, no trailing one, no pattern characters. Throws E_INPUT with the example. */
export function plainPath(path: string, example = '/webhook/tradingview', field = 'path'): string {
  const plain = `/${path.trim().replace(/^\/+|\/+$/g, '')}`;
  if (RESERVED.has(plain.slice(1).split('/', 1)[0]?.toLowerCase() ?? '')) {
    throw inputError(field, path, `a path Node-RED does not use itself, such as ${example}`);
  }
  if (!PLAIN_PATH.test(plain)) {
    throw inputError(field, path, `a path such as ${example}, of letters, digits and . _ ~ -`);
  }
  return plain;
}

function enter(key: string, claim: Claim): () => void {
  const table = pathTable();
  const claims = table.get(key) ?? [];
  table.set(key, claims);
  claims.push(claim);
  const first = claims[0];
  if (first?.gone && first.owner.id === claim.owner.id) {
    claims.pop();
    claims[0] = claim;
    claim.open();
  } else if (first === claim) claim.open();
  else if (first) claim.taken(first.owner);
  return () => leave(table, key, claim);
}

function leave(table: PathTable, key: string, claim: Claim): void {
  const claims = table.get(key);
  const place = claims?.indexOf(claim) ?? -1;
  if (!claims || place < 0) return;
  if (place > 0) {
    claims.splice(place, 1);
    return;
  }
  claim.shut();
  if (claims.length === 1) {
    table.delete(key);
    return;
  }
  claim.gone = true;
  systemElapsed.after(HOLD_MS, () => handOver(claims, claim));
}

function handOver(claims: Claim[], gone: Claim): void {
  if (claims[0] !== gone) return;
  claims.shift();
  const [next, ...waiting] = claims;
  if (!next) return;
  try {
    next.open();
    for (const other of waiting) other.taken(next.owner);
  } catch {
    // A timer calls this: what a node throws at its own status must not end the process.
  }
}

function pathTable(): PathTable {
  const shared = globalThis as { [TABLE]?: PathTable };
  shared[TABLE] ??= new Map();
  return shared[TABLE];
}
