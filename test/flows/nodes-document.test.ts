import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { catalogue, definition, form, OUR_TYPES, root, textAt } from './flow-files.ts';

describe('docs/nodes.md', () => {
  const text = readFileSync(path.join(root, 'docs/nodes.md'), 'utf8');
  const sections = new Map(
    text.split(/^## /m).map((section) => [section.split('\n', 1)[0] ?? '', section] as const),
  );

  for (const type of OUR_TYPES) {
    it(`has a section on ${type} that explains each field of its dialog, with pictures`, () => {
      const section = sections.get(type) ?? '';
      const { category } = definition(type);
      const prefix = category === 'config' ? 'node-config-input' : 'node-input';
      const labels = [
        ...form(type).matchAll(
          new RegExp(
            `<label for="${prefix}-\\w+"[^>]*>(?:<i [^>]*></i>)? *<span data-i18n="([\\w.-]+)"`,
            'g',
          ),
        ),
      ].map(([, key = '']) => String(textAt(catalogue(type), key)));
      assert.ok(labels.length >= 2);
      for (const label of labels) assert.ok(section.includes(`| **${label}** |`), label);
      const kinds = category === 'config' ? ['dialog'] : ['dialog', 'node'];
      for (const picture of kinds.flatMap((kind) => [
        `${type}-${kind}-light.png`,
        `${type}-${kind}-dark.png`,
      ])) {
        assert.ok(section.includes(`images/nodes/${picture}`), picture);
        assert.ok(existsSync(path.join(root, 'docs/images/nodes', picture)), picture);
      }
    });
  }
});
