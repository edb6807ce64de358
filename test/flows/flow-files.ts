/** The shipped flows and examples, and what the editor would know about their nodes. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';

export const root = path.resolve(import.meta.dirname, '../..');

export interface FlowNode {
  id: string;
  type: string;
  z?: string;
  g?: string;
  name?: string;
  x?: number;
  y?: number;
  w?: number;
  h?: number;
  nodes?: string[];
  links?: string[];
  wires?: string[][];
  [field: string]: unknown;
}

export interface FlowFile {
  /** Path in the repository. */
  file: string;
  nodes: FlowNode[];
}

export interface Default {
  value?: unknown;
  type?: string;
  required?: boolean;
  validate?: (this: object, value: unknown, options: object) => unknown;
}

export interface Definition {
  category: string;
  color: string;
  icon: string;
  defaults: Record<string, Default>;
  credentials?: Record<string, Default>;
  inputs?: number;
  outputs?: number;
  label: (this: object) => string;
  outputLabels?: (this: object, index: number) => string;
  paletteLabel?: string;
}

export const OUR_TYPES = readdirSync(path.join(root, 'nodes'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'kit')
  .map((entry) => entry.name);

/** Types the editor must have before a flow of ours can be imported: ours, the core's and the dashboard's. */
export function knownTypes(): Set<string> {
  const folders = ['@node-red/nodes/core', '@flowfuse/node-red-dashboard/nodes'];
  const types = new Set(['tab', 'group', 'subflow', ...OUR_TYPES]);
  for (const folder of folders) {
    const at = path.join(root, 'node_modules', folder);
    for (const entry of readdirSync(at, { withFileTypes: true, recursive: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.html') || entry.parentPath.includes('locales')) continue;
      const text = readFileSync(path.join(entry.parentPath, entry.name), 'utf8');
      for (const match of text.matchAll(/registerType\(\s*['"]([^'"]+)['"]/g)) types.add(match[1] ?? '');
    }
  }
  return types;
}

/** Every shipped flow and example, in the order of their paths. */
export function flowFiles(): FlowFile[] {
  const folders = ['flows', ...OUR_TYPES.map((type) => path.join('nodes', type, 'examples'))];
  return folders.flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .filter((name) => name.endsWith('.json') && !name.startsWith('.') && !name.endsWith('_cred.json'))
      .sort()
      .map((name) => {
        const file = path.join(folder, name);
        return { file, nodes: JSON.parse(readFileSync(path.join(root, file), 'utf8')) as FlowNode[] };
      }),
  );
}

export const form = (type: string) => readFileSync(path.join(root, 'nodes', type, `${type}.html`), 'utf8');
export const help = (type: string) =>
  readFileSync(path.join(root, 'nodes', type, 'locales/en-US', `${type}.html`), 'utf8');
export const catalogue = (type: string) =>
  JSON.parse(readFileSync(path.join(root, 'nodes', type, 'locales/en-US', `${type}.json`), 'utf8')) as object;

/** The text at a dotted key of a catalogue; undefined when there is none. */
export function textAt(labels: unknown, key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>(
      (value, part) => (typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined),
      labels,
    );
}

/** What all dialogs share. */
const shared = readFileSync(path.join(root, 'resources/trader-editor.js'), 'utf8');

/** What the html hands to the editor, read by running its script without a browser. */
export function definition(type: string): Definition {
  const script = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(form(type))?.[1] ?? '';
  const registered = new Map<string, Definition>();
  const RED = {
    nodes: {
      registerType: (name: string, found: Definition) => registered.set(name, found),
      getNodeLinks: (node: { wiredFrom?: string[] }, port: number) =>
        port === 1 ? (node.wiredFrom ?? []) : [],
      node: (id: string) =>
        id === 'sandbox' ? { environment: 'tradier-sandbox' } : { environment: 'simulator' },
    },
    editor: { getEditStack: () => [] },
    settings: {},
  };
  // A closed dialog: jQuery finds nothing.
  const $ = () => ({ length: 0, val: () => undefined });
  vm.runInNewContext(shared + script, { RED, $ });
  const found = registered.get(type);
  if (!found) throw new Error(`${type}.html registers no ${type}`);
  return found;
}

/** The intervals that every dialog offers. */
export function offeredIntervals(): string[] {
  const RED: { traderOps?: { INTERVALS: string[] } } = {};
  vm.runInNewContext(shared, { RED });
  return [...(RED.traderOps?.INTERVALS ?? [])];
}

/** A node as the editor would hold it: its settings, and a way to translate. */
export function asEdited(type: string, settings: object = {}): object {
  const found = definition(type);
  const translate = (key: string) => key;
  const values = Object.entries(found.defaults).map(([name, { value }]) => [name, value]);
  return { ...Object.fromEntries(values), ...settings, _: translate, _def: { ...found, _: translate } };
}

/** The fields that the editor would refuse. */
export function invalidFields(type: string, settings: object = {}): string[] {
  const node = asEdited(type, settings);
  return Object.entries(definition(type).defaults)
    .filter(([name, { required, validate }]) => {
      const value: unknown = Reflect.get(node, name);
      if (required && (value === '' || value === undefined)) return true;
      return validate ? validate.call(node, value, {}) !== true : false;
    })
    .map(([name]) => name);
}
