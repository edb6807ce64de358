import type { Node, NodeAPI, NodeDef } from 'node-red';
import { Attempts } from '../../lib/api/access.ts';
import { answerRequest } from '../../lib/api/answer-request.ts';
import { StreamServer } from '../../lib/api/stream/server.ts';
import { systemWall } from '../../lib/domain/clock.ts';
import { inputError, TraderError } from '../../lib/domain/errors.ts';
import type { TradingAccount } from '../../lib/trading-account.ts';
import { readToken } from '../../lib/udf/access.ts';
import type { AccountLink } from '../kit/account-link.ts';
import { type RawConfig, text } from '../kit/config.ts';
import { defineNode, type NodeDefinition, type NodeTools, showAccount } from '../kit/define-node.ts';
import { isDeskStopping } from '../kit/desk.ts';
import { claimPath, plainPath, type RoutedRequest, type RouteState } from '../kit/routes.ts';
import { openUpgrade } from '../kit/upgrade-door.ts';
import { versions } from '../kit/versions.ts';

interface Config {
  /** In front of every path of the API; '' for none. */
  prefix: string;
  origins: string[];
}

interface Credentials {
  token?: string;
}

type Tools = NodeTools<Config, Credentials>;

const SHOW_MS = 2_000;

function parse(raw: RawConfig): Config {
  const prefix = text(raw, 'prefix');
  return {
    prefix: prefix === '' || prefix === '/' ? '' : plainPath(prefix, '/desk', 'prefix'),
    origins: text(raw, 'origins')
      .split(/[\s,]+/)
      .filter((origin) => origin !== '')
      .map(readOrigin),
  };
}

/** As a browser sends it: scheme, host and port, nothing behind. */
function readOrigin(written: string): string {
  const origin = /^https?:\/\//.test(written) && URL.canParse(written) ? new URL(written).origin : '';
  if (origin === '' || origin !== written.replace(/\/$/, '').toLowerCase())
    throw inputError('origins', written, 'origins such as https://charts.example');
  return origin;
}

const traderApi: NodeDefinition<Config, Credentials> = {
  type: 'trader-api',
  parse,
  start(tools) {
    const { RED, node, config, life, status, account, report } = tools;
    const token = readToken(node.credentials?.token?.trim() || process.env.TRADER_API_TOKEN?.trim() || '');
    const access = { tokens: token === '' ? [] : [token], origins: config.origins };
    const attempts = new Attempts(life.elapsed);
    const stream = new StreamServer({ access, attempts, elapsed: life.elapsed, wall: systemWall, report });
    life.own(() => stream.close(isDeskStopping()));
    account.whenOpen((open, until) => {
      stream.bind(open);
      until.own(() => stream.bind(null));
    });

    const answers = answerRequest({
      access,
      attempts,
      elapsed: life.elapsed,
      report,
      context: {
        account: () => runningAccount(account),
        running: () => account.view().account,
        reason: () => account.view().reason,
        since: systemWall.now(),
        now: () => systemWall.now(),
        versions: versions(RED),
        stream: () => stream.figures(),
      },
    });
    const claim = claims(tools);
    for (const path of ['/health', '/api/v1'])
      claim(path, (req, res) => answers(req, res, path + below(req)));
    claim(
      '/stream',
      (_req, res) => {
        res.writeHead(426, { upgrade: 'websocket', connection: 'Upgrade', 'content-type': 'text/plain' });
        res.end('This path is a WebSocket.');
      },
      (path) => openUpgrade(RED.server, path, (...asked) => stream.upgrade(...asked)),
    );
    life.every(SHOW_MS, () => {
      const { clients } = stream.figures();
      if (account.view().state === 'ready' && clients > 0) status.show('ok', 'streaming', clients);
      else showAccount(status, account.view());
    });
    return undefined;
  },
};

/** What was asked for behind the path: a slash stands there only if somebody wrote it. */
function below({ url = '/', originalUrl = '/' }: RoutedRequest): string {
  const [path = ''] = originalUrl.split('?', 1);
  return path.endsWith('/') ? url : url.replace(/^\/(?=\?|$)/, '');
}

/** Claims a path below the prefix; of two nodes on one path the second turns red. */
function claims({ RED, node, config, life, status, account }: Tools) {
  const owner = { id: node.id, label: node.name || node.type };
  const taken = new Set<string>();
  let isTold = false;
  /** All paths share their fate: one word for them is enough. */
  const warnOnce = (message: string) => {
    if (!isTold) node.warn(message);
    isTold = true;
  };
  return (
    path: string,
    handler: Parameters<typeof claimPath>[3],
    elsewhere: Parameters<typeof claimPath>[5] = () => () => undefined,
  ) => {
    const full = config.prefix + path;
    const onState = (state: RouteState) => {
      if (state.kind === 'open') {
        taken.delete(full);
        if (taken.size > 0) return;
        isTold = false;
        status.unpin();
        showAccount(status, account.view());
      } else if (state.kind === 'taken') {
        taken.add(full);
        status.pin('down', 'pathTaken', state.by.label);
        const where = config.prefix === '' ? 'without a path in front' : `below ${config.prefix}`;
        warnOnce(
          `the API ${where} is already answered by ${state.by.label} (${state.by.id}): give this one a path of its own`,
        );
      } else {
        status.pin('down', 'misconfigured');
        warnOnce('httpNodeRoot is false in the settings, so the API cannot answer');
      }
    };
    life.own(claimPath(RED, full, owner, handler, onState, elsewhere));
  };
}

function runningAccount(link: AccountLink): TradingAccount {
  const { account, code, reason } = link.view();
  if (account) return account;
  const known = code === 'E_NO_ACCOUNT' ? code : 'E_BROKER_UNREACHABLE';
  throw new TraderError(known, `the account is not available: ${reason}`);
}

/** Answers programs over HTTP and WebSocket: quotes, portfolio, orders, alerts, health. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType<Node<Credentials>, NodeDef, unknown, Credentials>(
    'trader-api',
    defineNode(RED, traderApi),
    { credentials: { token: { type: 'password' } } },
  );
}
