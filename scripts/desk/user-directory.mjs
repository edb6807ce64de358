/** What a desk keeps between its runs: the person's flows, the webhook's secret, and the lock that makes it one desk. */
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { shippedFlowFiles } from '../build.mjs';
import { root, SettingError } from '../environment.mjs';
import { mergeFlows } from '../merge-flows.mjs';

/**
 * Holds the directory for this process. SQLite's lock is used because the system drops it however we die.
 * The wait covers a predecessor that is just ending.
 */
export function lockUserDirectory(userDir) {
  mkdirSync(userDir, { recursive: true });
  try {
    const lock = new DatabaseSync(path.join(userDir, '.desk-lock'), { timeout: 3000 });
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    if (error.errcode !== 5)
      throw new SettingError(`The user directory ${userDir} cannot be used: ${error.message}`, 1);
    throw new SettingError(
      `Another desk is running on ${userDir}. Stop it, or give this one its own: TRADER_USER_DIR=.runtime2 PORT=1881 npm start`,
      1,
    );
  }
}

/** Brings the shipped flows into the person's flow file and returns what Node-RED will run. */
export function prepareFlows(userDir, enable) {
  const shipped = shippedFlowFiles().map((file) => ({
    name: file.replace(/\.json$/, ''),
    nodes: readJson(path.join(root, 'flows', file)),
  }));
  const unknown = enable.find((name) => !shipped.some((flow) => flow.name === name));
  if (unknown !== undefined) {
    const names = shipped.map((flow) => flow.name).join(', ');
    throw new SettingError(`TRADER_ENABLE names "${unknown}", but the shipped flows are: ${names}.`);
  }
  const flowFile = path.join(userDir, 'flows.json');
  const deliveredFile = path.join(userDir, 'shipped-flows.json');
  const existing = existsSync(flowFile) ? readJson(flowFile) : [];
  const merged = mergeFlows(existing, shipped, {
    enable,
    delivered: existing.length > 0 && existsSync(deliveredFile) ? readJson(deliveredFile) : [],
    letters: fourLetters,
  });
  if (merged.changed) writeWhole(flowFile, merged.flows);
  writeWhole(deliveredFile, merged.delivered);
  return merged.flows;
}

/** Whether no order of these flows can leave this machine. */
export function allSimulated(flows) {
  return flows
    .filter((node) => node.type === 'trader-account' && node.d !== true)
    .every((account) => account.environment === undefined || account.environment === 'simulator');
}

/** The path TradingView posts to: of the first webhook that is switched on. */
export function webhookPath(flows) {
  return pathOf(switchedOn(flows, 'webhook-in'), '/webhook/tradingview');
}

/** The path charts ask at; undefined when no feed is switched on. */
export function udfPath(flows) {
  const feed = switchedOn(flows, 'udf-endpoint');
  return feed === undefined ? undefined : pathOf(feed, '/udf');
}

/** What stands in front of the API's paths, '' for nothing; undefined when no API is switched on. */
export function apiPrefix(flows) {
  const api = switchedOn(flows, 'trader-api');
  if (api === undefined) return undefined;
  const prefix = typeof api.prefix === 'string' ? api.prefix.replace(/^\/+|\/+$/g, '') : '';
  return prefix === '' ? '' : `/${prefix}`;
}

/** The first node of a type on a tab that runs. */
function switchedOn(flows, type) {
  const off = new Set(
    flows.filter((node) => node.disabled === true || node.d === true).map((node) => node.id),
  );
  return flows.find((node) => node.type === type && !off.has(node.id) && !off.has(node.z));
}

function pathOf(node, fallback) {
  const at = typeof node?.path === 'string' && node.path !== '' ? node.path : fallback;
  return at.startsWith('/') ? at : `/${at}`;
}

function fourLetters() {
  return Array.from({ length: 4 }, () => 'abcdefghijklmnopqrstuvwxyz234567'[randomInt(32)]).join('');
}

function readJson(file) {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8'));
    if (Array.isArray(value)) return value;
    throw new Error('it is not a list');
  } catch (error) {
    throw new SettingError(`${file} cannot be read: ${error.message}. Mend it or move it away.`, 1);
  }
}

/** In one step, so that a desk killed while writing leaves the old file. */
function writeWhole(file, value) {
  const aside = `${file}.new`;
  writeFileSync(aside, `${JSON.stringify(value, null, 4)}\n`);
  renameSync(aside, file);
}
