/**
 * `npm test`, `npm run test:browser` and `npm run test:package`: makes the clone ready, runs mocha on Node 24 and ends
 * with the counts alone on a line. `node scripts/test.mjs [--browser | --package] [FILES or mocha options]`.
 * Runs on Node 20.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { watchAncestors } from './ancestors.mjs';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, fail, findNode, say } from './ensure.mjs';
import { root } from './environment.mjs';

/** A run whose tests are over but whose process lives on has leaked a timer, a socket or a child. */
const leakAfterMs = 15_000;

/** Folders of tests that run by themselves only: they need Chromium, or the package registry. */
const suites = ['browser', 'package'];

try {
  await ensureInstalled();
  const given = process.argv.slice(2);
  const suite = suites.find((name) => given[0] === `--${name}`);
  const rest = suite === undefined ? given : given.slice(1);
  await ensureBuilt();
  process.exit(await runMocha(mochaArguments(suite, rest)));
} catch (error) {
  fail(error);
}

function mochaArguments(suite, rest) {
  const apart = suites.flatMap((name) => ['--ignore', `test/${name}/**`]);
  const all = suite === undefined ? ['test/**/*.test.ts', ...apart] : [`test/${suite}/**/*.test.ts`];
  const named = rest.some((arg) => arg.endsWith('.ts'));
  return ['--reporter', path.join(root, 'scripts/reporter.mjs'), ...(named ? [] : all), ...rest];
}

function runMocha(args) {
  return new Promise((resolve, reject) => {
    const mocha = spawn(findNode(), [path.join(root, 'node_modules/mocha/bin/mocha.js'), ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    let counts;
    let leaked = false;
    const stop = () => mocha.kill('SIGTERM');
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, stop);
    watchAncestors(stop).catch(reject);
    mocha.on('message', (message) => {
      counts = message;
      mocha.disconnect();
      setTimeout(() => {
        leaked = true;
        mocha.kill('SIGKILL');
      }, leakAfterMs).unref();
    });
    mocha.once('error', reject);
    mocha.once('exit', (code) => resolve(judge(counts, leaked, code)));
  });
}

/** Prints the closing line and returns the exit code. */
function judge(counts, leaked, code) {
  if (counts === undefined) {
    say(`mocha ended before its tests did (${code})`);
    return code || 1;
  }
  const { passed, failed, skipped, skippedSilently } = counts;
  const complaints = [];
  if (leaked)
    complaints.push(
      `the tests were over, but something kept their process alive for ${leakAfterMs / 1000} s`,
    );
  if (passed + failed === 0) complaints.push('no test ran');
  if (skippedSilently > 0)
    complaints.push(`${skippedSilently} skipped without a reason (title: "... (skipped: reason)")`);
  if (skipped > 0 && process.env.CI === 'true') complaints.push(`${skipped} skipped; CI=true allows none`);
  for (const complaint of complaints) say(complaint);
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  return failed > 0 || complaints.length > 0 ? 1 : (code ?? 1);
}
