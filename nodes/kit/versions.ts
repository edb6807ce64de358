import { readFileSync } from 'node:fs';
import type { NodeAPI } from 'node-red';

interface Manifest {
  name: string;
  version: string;
}

/** What runs here: this package, Node.js, its SQLite and Node-RED. */
export function versions(RED: NodeAPI): Record<string, string> {
  return {
    'node-red-trader': manifest().version,
    node: process.versions.node,
    sqlite: process.versions.sqlite ?? '',
    'node-red': nodeRed(RED),
  };
}

/** Node-RED gives its nodes a function that the types call a text. */
function nodeRed(RED: NodeAPI): string {
  const version: unknown = Reflect.get(RED, 'version');
  const told: unknown = typeof version === 'function' ? version() : version;
  return typeof told === 'string' ? told : '';
}

/** The package's own package.json: two folders up in a checkout, three in dist. */
function manifest(): Manifest {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      return JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as Manifest;
    } catch {
      // Looked for one folder further up.
    }
  }
  return { name: '@trader-ops/node-red-trader', version: 'unknown' };
}
