import type { Node, NodeAPI, NodeDef } from 'node-red';
import { randomId } from '../../lib/domain/ids.ts';
import { questionBehind, readToken } from '../../lib/udf/access.ts';
import { AnswerCache } from '../../lib/udf/answer-cache.ts';
import { answerChart, type DoorParts, turnAway } from '../../lib/udf/door.ts';
import { standingAnswers, UdfFeed } from '../../lib/udf/feed.ts';
import { type Origins, readOrigins } from '../../lib/udf/origins.ts';
import { flag, text } from '../kit/config.ts';
import { defineNode, type NodeDefinition, type NodeTools, showAccount } from '../kit/define-node.ts';
import { asksLoopback, listensOnLoopback } from '../kit/loopback.ts';
import { claimPath, plainPath, type RouteHandler, type RouteState } from '../kit/routes.ts';

interface Config {
  path: string;
  origins: Origins;
  /** Whether charts show what the account did. */
  marks: boolean;
}

interface Credentials {
  token?: string;
}

type Tools = NodeTools<Config, Credentials>;

/** A chart asks every ten seconds: what fails for all of them is said once a minute. */
const SAY_AGAIN_MS = 60_000;

const udfEndpoint: NodeDefinition<Config, Credentials> = {
  type: 'udf-endpoint',
  parse: (raw) => ({
    path: plainPath(text(raw, 'path', '/udf'), '/udf'),
    origins: readOrigins(text(raw, 'origins')),
    marks: flag(raw, 'marks', true),
  }),
  start(tools) {
    const { RED, node, config, life, status } = tools;
    const token = readToken(node.credentials?.token ?? '');
    if (token === '' && RED.server && !listensOnLoopback(RED)) {
      status.pin('down', 'noSecret');
      node.warn(
        'Node-RED is reachable from other machines, so the feed does not answer without a token: set one in the dialog, ' +
          'or let Node-RED listen on 127.0.0.1 (uiHost)',
      );
      return undefined;
    }
    const onState = (state: RouteState) => {
      if (state.kind === 'open') {
        status.unpin();
        showAccount(status, tools.account.view());
      } else if (state.kind === 'taken') {
        status.pin('down', 'pathTaken', state.by.label);
        node.warn(`the path ${config.path} is already answered by ${state.by.label} (${state.by.id})`);
      } else {
        status.pin('down', 'misconfigured');
        node.warn('httpNodeRoot is false in the settings, so no chart can be answered');
      }
    };
    const owner = { id: node.id, label: node.name || node.type };
    life.own(claimPath(RED, config.path, owner, routeOf(doorOf(tools), token), onState));
    return undefined;
  },
};

function routeOf(door: DoorParts, token: string): RouteHandler {
  return (req, res) => {
    const url = req.url ?? '/';
    if (token === '' && !asksLoopback(req))
      return turnAway(door, req, res, 403, 'Without a token only this machine is answered, by its own name.');
    const question = token === '' ? url : questionBehind(token, url, req.headers);
    if (question === null && req.method !== 'OPTIONS')
      return turnAway(door, req, res, 401, 'The token is missing or wrong.');
    return answerChart(door, req, res, question ?? url);
  };
}

/** The account's feed while there is one; the configuration always. */
function doorOf({ config, account, life, status, report }: Tools): DoorParts {
  const { marks, origins } = config;
  const cache = new AnswerCache(life.elapsed, randomId());
  const standing = standingAnswers({ marks });
  let feed: UdfFeed | null = null;
  let failing = false;
  let saidAt = Number.NEGATIVE_INFINITY;
  account.whenOpen((open, until) => {
    feed = new UdfFeed(open, { marks });
    until.own(() => {
      feed = null;
      cache.clear();
    });
  });
  const told = () => {
    if (failing) showAccount(status, account.view());
    failing = false;
  };
  return {
    cache,
    origins,
    answer: async (endpoint, query) => {
      const known = standing.get(endpoint);
      if (known !== undefined) return known;
      const ready = feed ?? new UdfFeed(await account.open(), { marks });
      const answer = await ready.answer(endpoint, query);
      told();
      return answer;
    },
    report: (error) => {
      if (life.closed) return;
      failing = true;
      status.show('failed', 'error');
      if (life.elapsed.now() - saidAt < SAY_AGAIN_MS) return;
      saidAt = life.elapsed.now();
      report(error);
    },
  };
}

/** Answers charts in TradingView's UDF: bars, symbols, quotes, and what the account did as marks. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType<Node<Credentials>, NodeDef, unknown, Credentials>(
    'udf-endpoint',
    defineNode<Config, Credentials>(RED, udfEndpoint),
    { credentials: { token: { type: 'password' } } },
  );
}
