/**
 * The variables of `npm start`, read and judged in one place, by the launcher (Node 20), the desk and settings.js.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Something the person who started us can set right. The message is the whole story: no stack is shown. */
export class SettingError extends Error {
  constructor(message, exitCode = 2) {
    super(message);
    this.name = 'SettingError';
    this.exitCode = exitCode;
  }
}

const loopback = new Set(['127.0.0.1', 'localhost', '::1', '[::1]']);

export function isLoopback(host) {
  return loopback.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * @param {Record<string, string | undefined>} env
 */
export function readEnvironment(env = process.env) {
  return {
    host: text(env, 'TRADER_HOST') ?? '127.0.0.1',
    port: whole(env, 'PORT', 1880, 65535, 'a port number from 0 to 65535 (0 takes any free one)'),
    // A second listener with the webhook and nothing else; undefined is none.
    webhookHost: text(env, 'WEBHOOK_HOST') ?? '127.0.0.1',
    webhookPort: portApart(env),
    simPort: whole(env, 'SIM_PORT', 0, 65535, 'a port number from 0 to 65535 (0 takes any free one)'),
    simSpeed: number(env, 'SIM_SPEED', 1, [0.1, 10_000], 'a number from 0.1 to 10000 (1 is real time)'),
    // Unset means: the seed of the account that is there, and 1 for a new one.
    simSeed: whole(env, 'SIM_SEED', undefined, 2 ** 32 - 1, 'a whole number from 0 to 4294967295'),
    userDir: path.resolve(root, text(env, 'TRADER_USER_DIR') ?? '.runtime'),
    enable: (text(env, 'TRADER_ENABLE') ?? '')
      .split(',')
      .map((name) => name.trim().replace(/\.json$/, ''))
      .filter(Boolean),
  };
}

function portApart(env) {
  const expected = 'a port number from 1 to 65535, another than PORT';
  const port = whole(env, 'WEBHOOK_PORT', undefined, 65535, expected);
  if (port === 0 || (port !== undefined && port === whole(env, 'PORT', 1880, 65535, '')))
    throw new SettingError(`WEBHOOK_PORT=${port} does not work: expected ${expected}.`);
  return port;
}

/** The webhook's secret when one is given: only what survives a shell, JSON and an address unchanged. */
export function givenSecret(env) {
  const secret = text(env, 'TRADER_WEBHOOK_SECRET');
  if (secret === undefined || /^[A-Za-z0-9._~+/=-]+$/.test(secret)) return secret;
  throw new SettingError(
    'TRADER_WEBHOOK_SECRET does not work: expected letters, digits and . _ ~ + / = - only.',
  );
}

/**
 * The API's token when one is given. It must not be the webhook's secret: that one is pasted into TradingView's
 * messages, and would open the portfolio and every change there.
 */
export function givenToken(env) {
  const token = text(env, 'TRADER_API_TOKEN');
  if (token === undefined) return undefined;
  if (!/^[A-Za-z0-9._~-]{16,}$/.test(token)) {
    throw new SettingError(
      'TRADER_API_TOKEN does not work: expected at least 16 letters, digits and . _ ~ - only.',
    );
  }
  if (token !== text(env, 'TRADER_WEBHOOK_SECRET')) return token;
  throw new SettingError(
    "TRADER_API_TOKEN is the webhook's secret, which stands in TradingView's messages: expected another one.",
  );
}

/** @param {string[]} args what follows `npm start --` */
export function readArguments(args) {
  const unknown = args.find((arg) => arg !== '--fresh');
  if (unknown !== undefined) {
    throw new SettingError(
      `npm start does not know the option "${unknown}"; it knows --fresh (a new paper account).`,
    );
  }
  return { fresh: args.includes('--fresh') };
}

/** A variable that is set but empty counts as not set. */
export function text(env, name) {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

function whole(env, name, fallback, most, expected) {
  const value = text(env, name);
  if (value === undefined) return fallback;
  if (!/^\d+$/.test(value) || Number(value) > most)
    throw new SettingError(`${name}=${value} does not work: expected ${expected}.`);
  return Number(value);
}

function number(env, name, fallback, [least, most], expected) {
  const value = text(env, name);
  if (value === undefined) return fallback;
  const given = /^\d*\.?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!(given >= least && given <= most))
    throw new SettingError(`${name}=${value} does not work: expected ${expected}.`);
  return given;
}
