/**
 * Builds dist/ (what Node-RED and the package run) and examples/ (Import > Examples), only when a source changed.
 * Runs on Node 20. `node scripts/build.mjs` builds; ensureBuilt() is for the other scripts.
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, fail, findNode, runToEnd, say } from './ensure.mjs';
import { root, SettingError } from './environment.mjs';

const sources = [
  'lib',
  'nodes',
  'simulator',
  'cli',
  'flows',
  'scripts/build.mjs',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
];
const stamp = path.join(root, 'dist/.sources');

/** @param {AbortSignal} [signal] */
export async function ensureBuilt(signal) {
  const now = fingerprint();
  if (existsSync(path.join(root, 'examples')) && readIfThere(stamp) === now) return;
  say('building ...');
  const started = performance.now();
  await build(now, signal);
  say(`built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** Names, sizes and times of all sources: finds removed files too, and reads none of them. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const file of filesIn(path.join(root, source))) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${path.relative(root, file)}\0${size}\0${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

async function build(sourcesNow, signal) {
  clearLeftovers();
  // Built aside and moved into place: a failed or interrupted build leaves the last good one.
  const aside = path.join(root, `.build-${process.pid}`);
  try {
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', path.join(aside, 'dist')];
    const code = await runToEnd(findNode(), args, { signal });
    if (code !== 0)
      throw new SettingError(
        `tsc found errors (exit ${code}); they are listed above. Nothing was replaced.`,
        1,
      );
    copyNodeAssets(path.join(aside, 'dist/nodes'));
    copyExamples(path.join(aside, 'examples'));
    writeFileSync(path.join(aside, 'dist/.sources'), sourcesNow);
    for (const name of ['dist', 'examples']) {
      if (existsSync(path.join(root, name)))
        renameSync(path.join(root, name), path.join(aside, `old-${name}`));
      renameSync(path.join(aside, name), path.join(root, name));
    }
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** Node-RED looks for html, locales and icons beside the js. */
function copyNodeAssets(target) {
  for (const type of directoriesIn(path.join(root, 'nodes'))) {
    const from = path.join(root, 'nodes', type);
    for (const name of readdirSync(from)) {
      if (!name.endsWith('.html') && name !== 'locales' && name !== 'icons') continue;
      mkdirSync(path.join(target, type), { recursive: true });
      cpSync(path.join(from, name), path.join(target, type, name), { recursive: true });
    }
  }
}

/** The name of the file is the entry in the import menu, its folder the sub-menu. */
function copyExamples(target) {
  mkdirSync(target, { recursive: true });
  for (const name of shippedFlowFiles()) cpSync(path.join(root, 'flows', name), path.join(target, name));
  for (const type of directoriesIn(path.join(root, 'nodes'))) {
    const from = path.join(root, 'nodes', type, 'examples');
    if (!existsSync(from)) continue;
    for (const name of readdirSync(from).filter((file) => file.endsWith('.json'))) {
      mkdirSync(path.join(target, type), { recursive: true });
      cpSync(path.join(from, name), path.join(target, type, name));
    }
  }
}

/** Credentials and backups that an editor may have left beside a flow are not shipped. */
export function shippedFlowFiles() {
  const at = path.join(root, 'flows');
  if (!existsSync(at)) return [];
  return readdirSync(at)
    .filter((name) => name.endsWith('.json') && !name.startsWith('.') && !name.endsWith('_cred.json'))
    .sort();
}

/** What a killed build left. One that is still at work is younger. */
function clearLeftovers() {
  for (const name of readdirSync(root).filter((entry) => entry.startsWith('.build-'))) {
    const at = path.join(root, name);
    if (Date.now() - statSync(at).mtimeMs > 10 * 60_000) rmSync(at, { recursive: true, force: true });
  }
}

function directoriesIn(at) {
  if (!existsSync(at)) return [];
  return readdirSync(at, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

function filesIn(at) {
  if (!existsSync(at)) return [];
  if (statSync(at).isFile()) return [at];
  return readdirSync(at, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await ensureInstalled();
    await build(fingerprint());
  } catch (error) {
    fail(error);
  }
}
