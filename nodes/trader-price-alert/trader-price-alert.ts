import type { NodeAPI, NodeMessage } from 'node-red';
import type { Firing, PriceAlert } from '../../lib/alerts/alert.ts';
import type { AlertBook } from '../../lib/alerts/alert-book.ts';
import { readTerms } from '../../lib/alerts/terms.ts';
import { inWords } from '../../lib/alerts/words.ts';
import { systemWall } from '../../lib/domain/clock.ts';
import { inputError, TraderError } from '../../lib/domain/errors.ts';
import { newYorkDate, newYorkTime } from '../../lib/market/exchange-time.ts';
import { oneLine } from '../../lib/webhook/fields.ts';
import { defineNode, type NodeDefinition, type NodeTools } from '../kit/define-node.ts';
import type { Lifetime } from '../kit/lifetime.ts';
import { carry, traced } from '../kit/messages.ts';
import { KnownSymbol } from './known-symbol.ts';
import { type Config, parse } from './settings.ts';

const priceAlert: NodeDefinition<Config> = {
  type: 'trader-price-alert',
  parse(raw) {
    const config = parse(raw);
    if (config.terms !== null) readTerms(config.terms);
    return config;
  },
  start(tools) {
    const { node, config, account, status, report } = tools;
    const owner = config.terms === null ? '' : node.id;
    const known = new KnownSymbol((symbol) => {
      const { account: open } = account.view();
      if (open) show(open.alerts);
      if (!known.unknown) return;
      const problem = `${nameOf(node)}: the broker knows no symbol ${symbol}; the alert waits for one`;
      report(new TraderError('E_NO_QUOTE', problem));
    });
    const show = (book: AlertBook) => {
      const alerts = book.list().filter((alert) => alert.owner === owner);
      const active = alerts.filter((alert) => alert.status === 'active');
      if (config.terms === null)
        status.steady(active.length > 0 ? 'ok' : 'idle', 'own.active', active.length);
      else {
        const { status: stands = 'paused', symbol = '' } = alerts[0] ?? {};
        const lost = known.unknown && stands === 'active';
        status.steady(
          lost ? 'down' : stands === 'active' ? 'ok' : 'idle',
          lost ? 'own.unknownSymbol' : `own.${stands}`,
          symbol,
        );
      }
    };
    account.whenOpen((open, until) => {
      const { alerts } = open;
      until.own(alerts.deliveries.on(owner, (firing) => deliver(tools, until, firing)));
      if (config.terms !== null) {
        const claim = alerts.claim(node.id, { ...config.terms, expiresAt: config.expiresAt });
        until.own(() => claim.release());
        const own = alerts.get(owner);
        if (own !== null) void known.ask(open, until, own);
      }
      const tellIfOver = (alert: PriceAlert | null) => {
        if (owner !== '' && alert?.status === 'expired')
          node.warn(expiredInWords(alert, open.clock.market.now()));
      };
      until.on(alerts.changes, ({ alert }) => {
        if (alert.owner !== owner) return;
        show(alerts);
        tellIfOver(alert);
      });
      until.on(alerts.notes, (alert) => {
        if (alert.owner === owner) node.warn(alert.note);
      });
      show(alerts);
      tellIfOver(alerts.get(owner));
      // What waits for a person since before this deploy.
      const waiting = owner === '' ? '' : (alerts.get(owner)?.note ?? '');
      if (waiting !== '') node.warn(waiting);
    });
    // What it saw goes with the node, but not with a deploy that only replaces it.
    node.on('close', (removed: boolean, done: () => void) => {
      try {
        if (removed && owner !== '') account.view().account?.alerts.remove(owner);
      } catch (error) {
        report(error);
      }
      done();
    });

    return async (msg, send) => {
      const { alerts } = await account.open();
      const answer = obey(alerts, config.terms === null ? null : node.id, msg);
      send([{ ...msg, payload: answer, because: answerInWords(answer) }, null]);
    };
  },
};

/** A firing leaves by output 1 for people, and by output 2 as a signal where one is wanted. */
function deliver({ node, send, report }: NodeTools<Config>, until: Lifetime, firing: Firing): boolean {
  if (until.closed) return false;
  const { signal, symbol, text, n, price, missed } = firing;
  try {
    const said = {
      node: nameOf(node),
      decision: 'fired',
      because: text,
      figures: { price, n, missed },
    };
    const trace = traced({}, systemWall, said);
    send([carry({}, firing, symbol, trace), signal === null ? null : carry({}, signal, symbol, trace)]);
    // After the signal: it waits for no line in the log.
    node.log(oneLine(`fired: ${text}`));
  } catch (error) {
    report(error);
  }
  return true;
}

function nameOf({ name, type }: { name?: string | undefined; type: string }): string {
  return name || type;
}

/** `{action: 'add', alert}`, `pause`, `resume`, `delete`, `list`; a node with an alert of its own knows its id. */
function obey(alerts: AlertBook, own: string | null, { payload }: NodeMessage): unknown {
  const wish = typeof payload === 'string' ? { action: payload } : payload;
  if (typeof wish !== 'object' || wish === null) throw inputError('payload', payload, ACTIONS);
  const { action, id = own, alert } = wish as Record<string, unknown>;
  if (action === 'list') return alerts.list();
  if (action === 'add') {
    if (own !== null)
      throw inputError('payload.action', action, 'pause, resume or list: this node has its own alert');
    return alerts.add(alert);
  }
  if (action !== 'pause' && action !== 'resume' && action !== 'delete')
    throw inputError('payload.action', action, ACTIONS);
  if (typeof id !== 'string' || alerts.get(id) === null)
    throw inputError('payload.id', id, 'the id of an alert');
  if (action === 'delete') {
    if (alerts.get(id)?.owner !== '')
      throw inputError('payload.id', id, 'an alert made by messages or the API');
    return { deleted: alerts.remove(id), id };
  }
  return alerts.change(id, { status: action === 'pause' ? 'paused' : 'active' });
}

/** One sentence for each answer: how an alert stands, or what became of it. */
function answerInWords(answer: unknown): string {
  if (Array.isArray(answer))
    return answer.length === 0 ? 'There are no alerts.' : (answer as PriceAlert[]).map(inShort).join('; ');
  const { deleted, id } = answer as { deleted?: boolean; id?: string };
  return deleted === undefined ? inShort(answer as PriceAlert) : `The alert ${id} is deleted.`;
}

/** Said when it ends and at each deploy: grey alone does not tell that nothing is watched. */
function expiredInWords({ expiresAt }: PriceAlert, now: number): string {
  const at = (time: number) => `${newYorkDate(time)} ${newYorkTime(time).slice(0, 5)}`;
  return `Until: ${at(expiresAt ?? now)} is over, it is ${at(now)} in the market (New York): this alert watches nothing`;
}

function inShort(alert: PriceAlert): string {
  const status = alert.status === 'active' ? 'watching' : alert.status;
  return `${status}: ${inWords(alert)}`;
}

const ACTIONS = 'add, pause, resume, delete or list';

/** Tells when a price, a volume or an indicator gets where it is waited for, once. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('trader-price-alert', defineNode(RED, priceAlert));
}
