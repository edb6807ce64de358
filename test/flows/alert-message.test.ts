import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

describe('the message for a TradingView strategy', () => {
  it('is the same in the README and in the dialog of webhook-in', () => {
    const html = readFileSync(path.join(root, 'nodes/webhook-in/webhook-in.html'), 'utf8');
    const body =
      /function strategyMessage\(secret\) \{\s*return lines\(\{([\s\S]*?)\}\);/.exec(html)?.[1] ?? '';
    const inDialog = [...body.matchAll(/(\w+): '([^']*)'/g)].map(([, name, value]) => [name, value]);
    assert.ok(inDialog.length > 5, 'the dialog has no such message any more');

    const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
    const block = /```json\n(\{\n {2}"secret"[\s\S]*?\n\})\n```/.exec(readme)?.[1] ?? '{}';
    const { secret: _, ...shown } = JSON.parse(block) as Record<string, string>;
    assert.deepEqual(Object.entries(shown), inDialog);
  });
});
