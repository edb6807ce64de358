/**
 * The desk: the process whose pid `npm start` prints. Starts the simulator beside it and Node-RED inside it, says when
 * both answer, and takes everything down with it. Runs on the clone's Node (24), started by start.mjs.
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { announcement } from './desk/announcement.mjs';
import { claimPort } from './desk/ports.mjs';
import { startSimulator } from './desk/simulator-process.mjs';
import {
  allSimulated,
  apiPrefix,
  lockUserDirectory,
  prepareFlows,
  udfPath,
  webhookPath,
} from './desk/user-directory.mjs';
import { fail, say } from './ensure.mjs';
import { givenSecret, givenToken, readArguments, readEnvironment, root } from './environment.mjs';
import { keepSecret, keptSecret } from './kept-secret.mjs';

const stopWithinMs = 2200;
const accountsWithinMs = 800;
const readyWithinMs = 60_000;
const accountWithinMs = 10_000;
const require = createRequire(import.meta.url);

let simulator;
let nodeRed;
let stopping;

/** Node-RED first, so that its nodes and accounts close while their broker still answers; then the simulator; then we. */
function stop(exitCode) {
  stopping ??= (async () => {
    setTimeout(() => process.exit(exitCode), stopWithinMs);
    // For the nodes: no deploy follows. `nodes/kit/desk.ts` reads it.
    globalThis[Symbol.for('@trader-ops/node-red-trader/stopping')] = true;
    await nodeRed?.stop();
    // An account outlives its nodes for some seconds. `nodes/kit/accounts.ts` keeps them here.
    const accounts = globalThis[Symbol.for('@trader-ops/node-red-trader/accounts')];
    // A broker that does not answer must not cost the simulator its orderly end.
    await Promise.race([accounts?.closeAll(), sleep(accountsWithinMs)]);
    await simulator?.stop();
    process.exit(exitCode);
  })().catch(fail);
  return stopping;
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => stop(0));
process.on('disconnect', () => stop(0));
process.on('exit', () => simulator?.kill());
// Whoever read our output may go first; that is no reason to fall over an order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
// stdout carries the announcement alone. Node-RED and the nodes log through console.
console.log = console.info = console.debug = console.error;

try {
  await main();
} catch (error) {
  if (stopping === undefined) fail(error);
}

async function main() {
  const { fresh } = readArguments(process.argv.slice(2));
  const { host, port, webhookHost, webhookPort, simPort, simSpeed, simSeed, userDir, enable } =
    readEnvironment();
  if (process.send !== undefined && !process.connected) return stop(0);

  // Before the ports: of a desk that runs already, its port is not what is in the way.
  const lock = lockUserDirectory(userDir);
  process.on('exit', () => lock.close());
  // Whoever is to take any free port (0) does so when it listens: one that we found now could be gone by then.
  if (port !== 0) await claimPort('PORT', port, host);
  if (webhookPort !== undefined) await claimPort('WEBHOOK_PORT', webhookPort, webhookHost);
  if (simPort !== 0) await claimPort('SIM_PORT', simPort, '127.0.0.1');
  const flows = prepareFlows(userDir, enable);
  const simulated = allSimulated(flows);
  const secret = givenSecret(process.env) ?? keptSecret(userDir, 'webhook-secret');
  const apiToken =
    givenToken(process.env) === undefined ? path.join(userDir, 'api-token') : 'TRADER_API_TOKEN';

  // settings.js reads these, and has its own reasons to refuse: better before anything runs.
  Object.assign(process.env, { PORT: String(port), TRADER_USER_DIR: userDir, TRADER_WEBHOOK_SECRET: secret });
  await import('../settings.js');

  simulator = await startSimulator({
    port: simPort,
    speed: simSpeed,
    seed: simSeed,
    stateDir: path.join(userDir, 'simulator'),
    fresh,
  });
  process.send?.({ simulatorPid: simulator.pid });
  if (stopping !== undefined) return simulator.kill();
  simulator.exited.then((code) => {
    if (stopping !== undefined) return;
    say(`The simulator ended by itself (${code}).`);
    // With an account elsewhere the desk still has work to do.
    if (simulated) stop(1);
  });

  process.env.TRADER_SIM_URL = simulator.ready.rest;
  process.env.TRADER_SIM_TOKEN = simulator.ready.token;
  const base = await startNodeRed(userDir, host);
  const webhook = base + webhookPath(flows);
  if (!(await takesAlerts(webhook))) say(`The webhook takes no alerts yet; open ${base}/ to see why.`);

  const udf = await answeringFeed(base, udfPath(flows));
  const api = apiPrefix(flows);
  process.stdout.write(
    announcement({
      editor: `${base}/`,
      dashboard: `${base}/dashboard`,
      webhook,
      ...(webhookPort === undefined
        ? {}
        : { publicWebhook: `http://${bracketed(webhookHost)}:${webhookPort}${new URL(webhook).pathname}` }),
      simulator: new URL(simulator.ready.rest).origin,
      ...(udf === undefined ? {} : { udf }),
      ...(api === undefined ? {} : { api: base + api, apiToken }),
      account: simulator.ready.account,
      pid: process.pid,
      simulated,
      ...(simulated ? { secret } : { secretFile: keepSecret(userDir, 'webhook-secret', secret) }),
    }),
  );
}

/** Runs Node-RED's own command line in this process; resolves to its address when the flows run and the editor answers. */
async function startNodeRed(userDir, host) {
  const red = require('node-red');
  const started = once(red.events, 'flows:started');
  red.events.on('runtime-event', ({ id, payload }) => {
    if (id !== 'runtime-state' || payload?.error === undefined) return;
    const missing = payload.types?.length > 0 ? ` (unknown node types: ${payload.types.join(', ')})` : '';
    say(`The flows are not running: ${payload.error}${missing}. Open the editor to mend them.`);
  });

  // On a signal red.js would stop the runtime and exit at once; ours stops the simulator too, after it.
  const stopRuntime = red.stop.bind(red);
  nodeRed = {
    stop: () => stopRuntime().catch((error) => say(`Node-RED did not stop cleanly: ${error.message}`)),
  };
  red.stop = () => stop(0);

  process.argv = [
    process.execPath,
    require.resolve('node-red/red.js'),
    '-s',
    path.join(root, 'settings.js'),
    '-u',
    userDir,
  ];
  require('node-red/red.js');

  const late = setTimeout(
    () => say('Node-RED is not ready after a minute; its log is above.'),
    readyWithinMs,
  );
  await started;
  while (!red.server.listening) await sleep(20);
  const base = `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${red.server.address().port}`;
  while ((await statusOf(`${base}/settings`)) === undefined) await sleep(50);
  clearTimeout(late);
  return base;
}

function bracketed(host) {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

/** The account behind the webhook opens a moment after the flows: until then it says 503, afterwards it wants the secret. */
async function takesAlerts(webhook) {
  const end = performance.now() + accountWithinMs;
  while ((await statusOf(`${webhook}/signals/none`)) === 503) {
    if (performance.now() > end) return false;
    await sleep(50);
  }
  return true;
}

/** Off loopback a feed without a token does not answer. */
async function answeringFeed(base, path) {
  if (path === undefined) return undefined;
  return (await statusOf(`${base}${path}/config`)) === 200 ? base + path : undefined;
}

/** The status of a GET, or undefined while nobody answers. */
async function statusOf(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}
