/** Who gets in: the editor's login, the dashboard's page and socket, and which pages may talk to either. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createRequire } from 'node:module';
import { isLoopback, SettingError, text } from './environment.mjs';

/** Node-RED's adminAuth, or undefined when no login was asked for. */
export function editorLogin(env = process.env) {
  const username = text(env, 'TRADER_EDITOR_USER');
  const hash = text(env, 'TRADER_EDITOR_PASSWORD_HASH');
  const password = text(env, 'TRADER_EDITOR_PASSWORD');
  if (username === undefined && hash === undefined && password === undefined) return undefined;
  if (username === undefined)
    throw new SettingError('TRADER_EDITOR_USER is missing: an editor password was given without it.');
  if (hash === undefined && password === undefined) {
    throw new SettingError(
      'TRADER_EDITOR_USER is set without TRADER_EDITOR_PASSWORD or TRADER_EDITOR_PASSWORD_HASH (bcrypt).',
    );
  }
  if (hash !== undefined && !/^\$2[aby]\$\d\d\$.{53}$/.test(hash)) {
    throw new SettingError(
      'TRADER_EDITOR_PASSWORD_HASH is no bcrypt hash; make one with: npx node-red admin hash-pw',
    );
  }
  return {
    type: 'credentials',
    sessionExpiryTime: 12 * 3600,
    users: [{ username, password: hash ?? hashed(password), permissions: '*' }],
  };
}

/** bcrypt comes with Node-RED, which compares the login with it. */
function hashed(password) {
  const require = createRequire(import.meta.url);
  return createRequire(require.resolve('node-red/red.js'))('bcryptjs').hashSync(password, 10);
}

/** Dashboard 2.0's settings, or undefined when no login was asked for. */
export function dashboardGuard(env = process.env) {
  const user = text(env, 'TRADER_DASHBOARD_USER');
  const password = text(env, 'TRADER_DASHBOARD_PASSWORD');
  if (user === undefined && password === undefined) return undefined;
  if (user === undefined || password === undefined) {
    const missing = user === undefined ? 'TRADER_DASHBOARD_USER' : 'TRADER_DASHBOARD_PASSWORD';
    throw new SettingError(`${missing} is missing: the dashboard's login needs both a user and a password.`);
  }
  const wanted = digest(`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);
  const known = (header) => timingSafeEqual(digest(header ?? ''), wanted);

  return {
    middleware(request, response, next) {
      if (known(request.headers.authorization)) return next();
      response.set('WWW-Authenticate', 'Basic realm="node-red-trader dashboard", charset="UTF-8"');
      response.sendStatus(401);
    },
    // Takes the place of the dashboard's own check, so it repeats it: no socket from another page's script, none that
    // skips the handshake. The page's guard alone would leave the socket open, and the socket presses the buttons.
    ioMiddleware(socket, next) {
      const { headers, url } = socket.request;
      const direct = new URL(url, 'http://localhost').searchParams.get('transport') !== 'polling';
      if (!direct && sameOrigin(headers) && known(headers.authorization)) return next();
      next(new Error('unauthorized'));
    },
  };
}

/**
 * Stands before an editor without login: a page of another site must not press its buttons (a plain POST to /inject/<id>
 * needs no preflight), neither directly nor under a name it made point at this machine. To such a request the editor
 * does not exist; the webhook and the dashboard, which are mounted after it, answer for themselves.
 */
export function hideFromForeignPages(request, _response, next) {
  guardSockets(request.socket.server);
  next(isOurs(request.headers) ? undefined : 'router');
}

function isOurs(headers) {
  const name = hostname(headers.host);
  return name !== undefined && isLoopback(name) && sameOrigin(headers);
}

const guarded = new WeakSet();

/**
 * The same for WebSockets, which no middleware sees: through the editor's another page could read every status and
 * debug message. A dashboard behind a proxy has another name, so there only the origin counts.
 */
function guardSockets(server) {
  if (server === undefined || guarded.has(server)) return;
  guarded.add(server);
  server.prependListener('upgrade', (request, socket) => {
    const editor = new URL(request.url ?? '/', 'http://localhost').pathname.endsWith('/comms');
    if (checksItself(server, request)) return;
    if (editor ? !isOurs(request.headers) : !sameOrigin(request.headers)) socket.destroy();
  });
}

/** The stream of the API knows which pages of other origins may come in. `nodes/kit/upgrade-door.ts` keeps this list. */
function checksItself(server, request) {
  const doors = globalThis[Symbol.for('@trader-ops/node-red-trader/upgrades')]?.get(server);
  const path = (request.url ?? '/').split('?', 1)[0];
  return doors?.has(path.replace(/(?<=.)\/+$/, '').toLowerCase()) ?? false;
}

function hostname(host) {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return undefined;
  }
}

/** A browser names the page's origin on everything a script of another site sends. Programs send none. */
function sameOrigin({ origin, host }) {
  if (origin === undefined) return true;
  try {
    return new URL(origin).host === host;
  } catch {
    return false;
  }
}

/** Of equal length for any text, as the comparison needs. */
function digest(value) {
  return createHash('sha256').update(value).digest();
}
