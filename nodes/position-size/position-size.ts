import type { NodeAPI, NodeMessage, NodeMessageInFlow } from 'node-red';
import type { TradingAccount } from '../../lib/account.ts';
import { inputError } from '../../lib/domain/errors.ts';
import { type Signal, signalSchema } from '../../lib/domain/signal.ts';
import type { Figures, Refusal } from '../../lib/domain/trace.ts';
import {
  AS_THE_SIGNAL,
  type Protection,
  type ProtectionRule,
  type Sizing,
  type SizingMethod,
} from '../../lib/sizing/contract.ts';
import { choice, number, optionalNumber, type RawConfig, text } from '../kit/config.ts';
import { defineNode, type NodeDefinition, type Send } from '../kit/define-node.ts';
import { carry, parsePayload, passThrough, reasons, traced } from '../kit/messages.ts';

interface Config {
  sizing: Sizing;
  /** For signals that name none. */
  book: string;
}

const METHODS = ['as_signal', 'fixed_shares', 'fixed_cash', 'percent_equity', 'risk_per_trade'] as const;
const SHARES = { min: 1, max: 1_000_000, whole: true };
const DOLLARS = { min: 0.01, max: 100_000_000 };
const PERCENT = { min: 0.0001, max: 100 };

function readMethod(raw: RawConfig): SizingMethod {
  const method = choice(raw, 'method', METHODS, 'as_signal');
  switch (method) {
    case 'as_signal':
      return { method };
    case 'fixed_shares':
      return { method, shares: number(raw, 'shares', 0, SHARES) };
    case 'fixed_cash':
      return { method, cash: number(raw, 'cash', 0, DOLLARS) };
    case 'percent_equity':
      return { method, percent: number(raw, 'percent', 0, PERCENT) };
    case 'risk_per_trade': {
      const percent = number(raw, 'riskPercent', 0, PERCENT);
      if (optionalNumber(raw, 'stopDistance') === undefined) return { method, percent };
      return { method, percent, stopDistance: number(raw, 'stopDistance', 0, DOLLARS) };
    }
  }
}

const RULES = ['as_signal', 'none', 'percent', 'dollars', 'atr'] as const;

function readRule(raw: RawConfig, part: 'stopLoss' | 'takeProfit' | 'trail'): ProtectionRule {
  const rule = choice(raw, part, RULES, 'as_signal');
  if (rule === 'as_signal' || rule === 'none') return rule;
  const away = number(raw, `${part}Away`, 0, rule === 'dollars' ? DOLLARS : PERCENT);
  if (rule === 'percent') return { percent: away };
  return rule === 'dollars' ? { dollars: away } : { atr: away };
}

function readProtection(raw: RawConfig): Protection {
  return {
    stopLoss: readRule(raw, 'stopLoss'),
    takeProfit: readRule(raw, 'takeProfit'),
    trail: readRule(raw, 'trail'),
    duration: choice(raw, 'closingDuration', ['gtc', 'day'], AS_THE_SIGNAL.duration),
    collarPercent: number(raw, 'collar', AS_THE_SIGNAL.collarPercent, { min: 0, max: 10 }),
  };
}

/**
 * The payload as a signal. What came without an id, e.g. from an inject node, takes the message's: every copy of one
 * message is then one and the same signal, and pressing again makes another.
 */
export function readSignal(msg: NodeMessageInFlow, account: TradingAccount, book: string): Signal {
  const given = msg.payload;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw inputError('payload', given, 'a signal such as {"symbol":"AAPL","action":"buy","quantity":10}');
  }
  // The parts of a split message share its id and are different signals.
  const part = msg.parts?.index === undefined ? '' : `/${msg.parts.index}`;
  const defaults = {
    id: `${msg._msgid}${part}`,
    source: 'manual',
    book,
    receivedAt: account.clock.wall.now(),
  };
  return parsePayload(signalSchema, { ...defaults, ...given }, 'a signal');
}

const positionSize: NodeDefinition<Config> = {
  type: 'position-size',
  parse: (raw) => ({
    sizing: { ...readMethod(raw), protection: readProtection(raw) },
    book: text(raw, 'book', text(raw, 'name', 'manual')).slice(0, 64),
  }),
  start({ node, config, account, status, send, report }) {
    const name = node.name || node.type;

    /** Sizes the signal and sends what came of it. `again`: for a target whose earlier steps left as messages before. */
    const size = async (
      open: TradingAccount,
      signal: Signal,
      msg: NodeMessage,
      out: Send,
      again: boolean,
    ) => {
      const origin = { nodeId: node.id, passThrough: signal.action === 'target' ? passThrough(msg) : {} };
      const decision = await open.size(signal, config.sizing, origin);
      const { figures } = decision;
      if (decision.kind === 'waiting') {
        status.show('busy', 'waiting', signal.symbol);
        return;
      }
      if (decision.kind === 'sized') {
        const { intent, because } = decision;
        const trace = traced(msg, open.clock.wall, { node: name, decision: 'sized', because, figures });
        status.show('ok', 'sized', `${intent.quantity} ${intent.symbol}`);
        out([carry(msg, intent, intent.symbol, trace), null]);
        return;
      }
      // The steps before brought it there: nothing was refused.
      if (again && decision.refusals.every(({ rule }) => rule === 'already-at-target')) return;
      status.refused(decision.refusals, signal.symbol);
      out([null, refused(open, name, msg, signal, decision.refusals, figures)]);
    };

    account.whenOpen((open, until) => {
      until.own(
        open.continuations.on(node.id, (of) => {
          const { signal } = of;
          const msg: NodeMessage = { ...of.passThrough };
          if (of.kind === 'size') {
            until.run(() =>
              size(open, signal, msg, send, true).catch((error: unknown) => report(error, msg)),
            );
            return;
          }
          status.refused(of.refusals, signal.symbol);
          send([null, refused(open, name, msg, signal, of.refusals, {})]);
        }),
      );
    });

    return async (msg, out) => {
      const open = await account.open();
      const signal = readSignal(msg, open, config.book);
      msg.payload = signal;
      await size(open, signal, msg, out, false);
    };
  },
};

function refused(
  open: TradingAccount,
  node: string,
  msg: NodeMessage,
  signal: Signal,
  refusals: Refusal[],
  figures: Figures,
): NodeMessage {
  const said = { node, decision: 'refused', because: reasons(refusals), figures };
  return carry(msg, { ...signal, refusals }, signal.symbol, traced(msg, open.clock.wall, said));
}

/** Turns a signal into an order of whole shares, or says why not. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('position-size', defineNode(RED, positionSize));
}
