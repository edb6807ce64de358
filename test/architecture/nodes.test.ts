import assert from 'node:assert/strict';
import path from 'node:path';
import { filesBelow, foldersIn, has, read } from './repository.ts';
import { readSource } from './source.ts';

interface FlowNode {
  id: string;
  type: string;
}

const types = foldersIn('nodes').filter((name) => name !== 'kit');
const declared: Record<string, string> = JSON.parse(read('package.json'))['node-red'].nodes;
const tests = [...filesBelow(['test'], ['.test.ts']).keys()];
const shipped = [...filesBelow(['flows'], ['.json'])].flatMap(([, text]) => JSON.parse(text) as FlowNode[]);

describe('node folders', () => {
  it('are what package.json gives to Node-RED', () => {
    assert.deepEqual(Object.keys(declared).sort(), [...types].sort());
    for (const [type, file] of Object.entries(declared)) assert.equal(file, `dist/nodes/${type}/${type}.js`);
  });

  for (const type of types) {
    describe(type, () => {
      const at = (...parts: string[]) => path.posix.join('nodes', type, ...parts);

      it('registers its own name, literally, on both sides', () => {
        const { code, strings } = readSource(read(at(`${type}.ts`)));
        const names = [...code.matchAll(/registerType\w*\s*(?:<[^>]*>)?\(\s*'(\d+)'/g)].map(
          (match) => strings[Number(match[1])],
        );
        const inCode = names.length > 0 ? names.includes(type) : strings.includes(type);
        assert.ok(inCode, `${type}.ts does not name its type`);
        assert.match(read(at(`${type}.html`)), new RegExp(`registerType\\(\\s*['"]${type}['"]`));
        assert.match(read(at(`${type}.html`)), new RegExp(`data-template-name=["']${type}["']`));
      });

      it('has labels and help', () => {
        const labels = JSON.parse(read(at('locales/en-US', `${type}.json`)));
        assert.ok(type in labels, `the catalogue has no key "${type}"`);
        const help = read(at('locales/en-US', `${type}.html`));
        assert.match(help, new RegExp(`data-help-name=["']${type}["']`));
        assert.ok(help.length > 400, 'the help says next to nothing');
      });

      it('has every label that its form asks for', () => {
        const labels = JSON.parse(read(at('locales/en-US', `${type}.json`)));
        const asked = [...read(at(`${type}.html`)).matchAll(/data-i18n=["']([^"']+)["']/g)].flatMap((match) =>
          (match[1] ?? '').split(';').map((part) => part.replace(/^\[[^\]]*\]/, '').trim()),
        );
        const missing = asked.filter((key) => key !== '' && !key.includes(':') && !leads(labels, key));
        assert.deepEqual(missing, []);
      });

      it('has an icon', () => {
        const named = /icon:\s*['"]([^'"]+)['"]/.exec(read(at(`${type}.html`)))?.[1];
        const config = /category:\s*['"]config['"]/.test(read(at(`${type}.html`)));
        if (named === undefined) assert.ok(config, 'no icon is named');
        else assert.ok(named.includes('/') || has(at('icons', named)), `icons/${named} is not there`);
      });

      it('has an example with a comment, and a place in a shipped flow', () => {
        const examples = [...filesBelow([at('examples')], ['.json'])];
        assert.ok(examples.length > 0, 'no example');
        for (const [file, text] of examples) {
          const nodes = JSON.parse(text) as FlowNode[];
          assert.ok(
            nodes.some((node) => node.type === type),
            `${file} does not use the node`,
          );
          assert.ok(
            nodes.some((node) => node.type === 'comment'),
            `${file} explains nothing`,
          );
          assert.equal(new Set(nodes.map((node) => node.id)).size, nodes.length, `${file} has an id twice`);
        }
        assert.ok(
          shipped.some((node) => node.type === type),
          'no shipped flow uses it',
        );
      });

      it('has a test of its name', () => {
        assert.ok(
          tests.some((file) => path.posix.basename(file).startsWith(`${type}.`)),
          `no test file begins with ${type}.`,
        );
      });
    });
  }
});

/** Whether the catalogue has a text at this dotted key. */
function leads(labels: unknown, key: string): boolean {
  let value = labels;
  for (const part of key.split('.')) {
    if (value === null || typeof value !== 'object' || !(part in value)) return false;
    value = (value as Record<string, unknown>)[part];
  }
  return typeof value === 'string';
}
