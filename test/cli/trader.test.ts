import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { nodeTooOld } from '../../cli/node-version.ts';

const entry = path.resolve(import.meta.dirname, '../../cli/trader.ts');

function trader(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, ...args], { encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

describe('trader', () => {
  it('lists its verbs, also when it is asked for nothing', () => {
    for (const args of [[], ['help'], ['--help']]) {
      const { code, out } = trader(...args);
      assert.equal(code, 0);
      assert.deepEqual([...out.matchAll(/^ {2}(\w+) /gm)].map(([, verb]) => verb).sort(), [
        'help',
        'simulator',
        'version',
      ]);
    }
  });

  it('says which version it is', () => {
    assert.match(trader('version').out, /^@trader-ops\/node-red-trader \d+\.\d+\.\d+ on Node \d+/);
  });

  it('passes options to the simulator', () => {
    assert.match(trader('simulator', '--help').out, /^Usage: trader simulator \[options\]/);
    const { code, err } = trader('simulator', '--port', 'abc');
    assert.equal(code, 2);
    assert.match(err, /--port: "abc" is not accepted/);
  });

  it('refuses a verb it does not have, and says which ones it has', () => {
    const { code, err, out } = trader('buy');
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /^trader has no "buy"\.\n[\s\S]*simulator/);
  });

  it('tells an old Node what is wanted', () => {
    for (const version of ['18.20.0', '20.20.2', '22.18.9'])
      assert.match(nodeTooOld(version) ?? '', new RegExp(`22\\.19 or newer, and this is Node ${version}`));
    for (const version of ['22.19.0', '22.23.3', '24.0.0']) assert.equal(nodeTooOld(version), null);
  });
});
