/**
 * Node-RED's settings for this clone: `npm start` uses them, and so does `node-red -s settings.js`.
 * Everything is set by environment variables; what is left open is said at start, with the way to close it.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { dashboardGuard, editorLogin, hideFromForeignPages } from './scripts/doors.mjs';
import {
  givenSecret,
  givenToken,
  isLoopback,
  readEnvironment,
  root,
  SettingError,
  text,
} from './scripts/environment.mjs';
import { keptSecret } from './scripts/kept-secret.mjs';

const { host, port, webhookHost, webhookPort, userDir } = readEnvironment();
const login = editorLogin();
const dashboard = dashboardGuard();

if (!isLoopback(host) && login === undefined) {
  throw new SettingError(
    `TRADER_HOST=${host} would open the editor, which can place orders and run code, to the whole network without a login. ` +
      'Set TRADER_EDITOR_USER and TRADER_EDITOR_PASSWORD (or TRADER_EDITOR_PASSWORD_HASH), or leave TRADER_HOST at 127.0.0.1.',
  );
}

const credentialSecret =
  text(process.env, 'TRADER_CREDENTIAL_SECRET') ?? keptSecret(userDir, 'credential-secret');
// The webhook node reads its secret here when it has no credential of its own.
process.env.TRADER_WEBHOOK_SECRET = givenSecret(process.env) ?? keptSecret(userDir, 'webhook-secret');
// So does trader-api its token, which is another one: whoever sends alerts is not to read the portfolio.
process.env.TRADER_API_TOKEN = givenToken(process.env) ?? keptSecret(userDir, 'api-token');
// A function node can read the environment of the process, but no longer these.
for (const name of ['TRADER_CREDENTIAL_SECRET', 'TRADER_EDITOR_PASSWORD', 'TRADER_DASHBOARD_PASSWORD'])
  delete process.env[name];

const settings = {
  uiHost: host,
  uiPort: port,
  userDir,
  flowFile: 'flows.json',
  flowFilePretty: true,
  credentialSecret,
  // The whole clone is one Node-RED module: its nodes, their texts, and Import > Examples.
  nodesDir: [root],

  ...(login === undefined ? { httpAdminMiddleware: hideFromForeignPages } : { adminAuth: login }),
  // httpNodeAuth stays unset: TradingView cannot answer it. Each route of ours authenticates itself.
  ...(dashboard === undefined ? {} : { dashboard }),
  apiMaxLength: '1mb',

  contextStorage: {
    default: 'memory',
    memory: { module: 'memory' },
    file: { module: 'localfilesystem' },
  },

  telemetry: { enabled: false, updateNotification: false },
  diagnostics: { enabled: false, ui: false },
  runtimeState: { enabled: false, ui: false },
  exportGlobalContextKeys: false,
  functionExternalModules: false,
  externalModules: {
    autoInstall: false,
    palette: { allowInstall: false, allowUpload: false, allowUpdate: false },
    modules: { allowInstall: false },
  },
  logging: { console: { level: 'info', metrics: false, audit: false } },
  editorTheme: {
    page: { title: 'node-red-trader' },
    header: { title: 'node-red-trader' },
    tours: false,
    projects: { enabled: false },
    palette: {
      catalogues: [],
      categories: ['trading', 'subflows', 'common', 'function', 'network', 'sequence', 'parser', 'storage'],
    },
  },
};

for (const line of openDoors()) console.log(`[settings] ${line}`);

function openDoors() {
  const lines = [];
  if (!existsSync(path.join(root, 'dist/nodes')))
    lines.push('The trading nodes are not built yet: npm run build.');
  if (!isLoopback(host)) {
    lines.push(
      `WARNING: bound to ${host}. Everyone who can reach this machine reaches this desk, unencrypted. ` +
        'Close it: unset TRADER_HOST and let a TLS proxy on this machine forward to 127.0.0.1.',
    );
  }
  if (webhookPort !== undefined && !isLoopback(webhookHost)) {
    lines.push(
      `WARNING: the webhook port is bound to ${webhookHost}, unencrypted: whoever can listen in reads the secret. ` +
        'Close it: unset WEBHOOK_HOST and let a TLS proxy on this machine forward to 127.0.0.1.',
    );
  }
  if (login === undefined) {
    lines.push(
      'Open: the editor has no login; every program of this machine can trade through it. ' +
        'Close it: TRADER_EDITOR_USER, TRADER_EDITOR_PASSWORD.',
    );
  }
  if (dashboard === undefined) {
    lines.push(
      'Open: the dashboard page and its socket have no login. Close them: TRADER_DASHBOARD_USER, TRADER_DASHBOARD_PASSWORD.',
    );
  }
  lines.push(
    `The webhook wants its secret: ${path.join(userDir, 'webhook-secret')} or TRADER_WEBHOOK_SECRET.`,
    `Programs change something over the API with their token: ${path.join(userDir, 'api-token')} or TRADER_API_TOKEN.`,
  );
  return lines;
}

// Node-RED require()s this file: with a default export it would get the wrapper instead of the settings.
export { settings as 'module.exports' };
