import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

describe('a start over a linked folder of packages', () => {
  let place: string;

  beforeEach(() => {
    place = mkdtempSync(path.join(tmpdir(), 'linked-'));
  });

  afterEach(() => rmSync(place, { recursive: true, force: true }));

  it('says so and leaves alone what the link leads to', () => {
    const [clone, elsewhere] = [path.join(place, 'clone'), path.join(place, 'elsewhere')];
    mkdirSync(elsewhere);
    writeFileSync(path.join(elsewhere, 'kept'), '');
    cpSync(path.join(root, 'scripts'), path.join(clone, 'scripts'), {
      recursive: true,
      filter: (from) => !from.includes('node_modules'),
    });
    for (const file of ['package.json', 'package-lock.json'])
      cpSync(path.join(root, file), path.join(clone, file));
    symlinkSync(elsewhere, path.join(clone, 'node_modules'));
    const { status, stderr } = spawnSync(process.execPath, ['scripts/start.mjs'], {
      cwd: clone,
      encoding: 'utf8',
      timeout: 15_000,
    });
    assert.equal(status, 1);
    assert.match(stderr, /node_modules is a link and differs from package-lock\.json/);
    assert.ok(existsSync(path.join(elsewhere, 'kept')));
  });
});
