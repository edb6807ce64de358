/**
 * `npm run scorecard`: packs this package and asks Node-RED's own judge of packages (node-red-dev) about the packed
 * file. Every line is green, or stands below with the reason why not. The judge lives in a temporary folder: its
 * dependencies are old and no business of this repository. It asks the package registry; it does not ask Node-RED's
 * catalogue, which is answered with an empty list, so that names are NOT compared with other people's packages.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, fail, findNode, say } from './ensure.mjs';
import { root, SettingError } from './environment.mjs';

const judge = 'node-red-dev@0.1.6';
const run = promisify(execFile);

/** What is not green, and why that is right. The README says the same. */
const explained = {
  P07: 'Node-RED 5 admits Node 22.9; undici 8, which carries every order, and node:sqlite want 22.19.',
  D03: 'A dependency was released after this version was made; versions are pinned and raised by hand.',
};
const notChecked = {
  P08: 'similar names: the catalogue was not asked',
  N01: 'unique node types: the catalogue was not asked',
};

const shim = `const axios = require('axios');
const get = axios.get.bind(axios);
axios.get = (url, ...more) => url.startsWith('https://catalogue.nodered.org/')
  ? Promise.resolve({ data: { modules: [] } })
  : get(url, ...more);
`;

const at = mkdtempSync(path.join(tmpdir(), 'scorecard-'));
try {
  await ensureInstalled();
  await ensureBuilt();
  process.exitCode = tell(await scorecard());
} catch (error) {
  rmSync(at, { recursive: true, force: true });
  fail(error);
} finally {
  rmSync(at, { recursive: true, force: true });
}

async function scorecard() {
  const npm = (args, cwd) => run('npm', args, { cwd, shell: process.platform === 'win32' });
  const { stdout } = await npm(['pack', '--ignore-scripts', '--json', '--pack-destination', at], root);
  const [packed] = Object.values(JSON.parse(stdout));
  await run('tar', ['-xzf', path.join(at, packed.filename), '-C', at]);
  say(`asking ${judge} about ${packed.filename} ...`);
  writeFileSync(path.join(at, 'package.json'), '{"private":true}');
  await npm(['install', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts', judge], at);
  writeFileSync(path.join(at, 'shim.cjs'), shim);
  const written = path.join(at, 'scorecard.json');
  const entry = path.join(at, 'node_modules/node-red-dev/bin/run');
  const args = ['--require', './shim.cjs', entry, 'validate', '-p', path.join(at, 'package'), '-o', written];
  const said = await run(findNode(), args, { cwd: at }).catch((error) => error);
  try {
    return JSON.parse(readFileSync(written, 'utf8'));
  } catch {
    throw new SettingError(`${judge} came to no result:\n${said.stdout}\n${said.stderr}`, 1);
  }
}

/** Prints one line a rule; the exit code is 1 when a line is neither green nor explained. */
function tell({ package: judged, ...rules }) {
  process.stdout.write(`${judged.name} ${judged.version}, judged by ${judge}\n`);
  let bad = 0;
  for (const [rule, { test, ...figures }] of Object.entries(rules).sort()) {
    const because = test ? notChecked[rule] : explained[rule];
    const mark = test ? (because === undefined ? 'green' : 'not checked') : 'explained';
    if (!test && because === undefined) bad += 1;
    const shown = Object.keys(figures).length > 0 ? ` ${JSON.stringify(figures)}` : '';
    process.stdout.write(
      `  ${rule}  ${!test && because === undefined ? 'RED' : mark}${because ? `: ${because}` : ''}${shown}\n`,
    );
  }
  process.stdout.write(bad === 0 ? 'Every line is green or explained.\n' : `${bad} lines are red.\n`);
  return bad === 0 ? 0 : 1;
}
