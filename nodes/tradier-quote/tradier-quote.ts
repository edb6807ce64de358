import type { NodeAPI, NodeMessage } from 'node-red';
import { inputError, TraderError } from '../../lib/domain/errors.ts';
import type { ConfirmedQuote } from '../../lib/domain/market-data.ts';
import { formatNumber } from '../../lib/domain/money.ts';
import { symbolSchema } from '../../lib/domain/symbol.ts';
import { choice, number, text } from '../kit/config.ts';
import { defineNode, type NodeDefinition } from '../kit/define-node.ts';
import type { Lifetime } from '../kit/lifetime.ts';
import { Pace } from '../kit/pace.ts';

interface Config {
  symbols: string[];
  mode: 'request' | 'stream';
  /** Seconds between two messages of one symbol. */
  throttle: number;
}

/** A quote confirmed this recently answers a request without asking the broker. */
const RECENT_MS = 1_000;
const MOST_SYMBOLS = 100;

/** Symbols from `AAPL, MSFT`, from a list, or from an object with `symbol` or `symbols`; empty when there are none. */
export function readSymbols(value: unknown, field: string): string[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return readSymbols(Reflect.get(value, 'symbols') ?? Reflect.get(value, 'symbol'), field);
  }
  const words = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [];
  const symbols = words
    .filter((word) => typeof word !== 'string' || word.trim() !== '')
    .map((word) => {
      const parsed = symbolSchema.safeParse(word);
      if (!parsed.success) throw inputError(field, word, 'a stock or ETF symbol such as AAPL or BRK/B');
      return parsed.data;
    });
  if (symbols.length > MOST_SYMBOLS)
    throw inputError(field, symbols.length, `at most ${MOST_SYMBOLS} symbols`);
  return [...new Set(symbols)];
}

function symbolsOf(msg: NodeMessage): string[] {
  const fromTopic = readSymbols(msg.topic, 'topic');
  return fromTopic.length > 0 ? fromTopic : readSymbols(msg.payload, 'payload');
}

const tradierQuote: NodeDefinition<Config> = {
  type: 'tradier-quote',
  parse: (raw) => ({
    symbols: readSymbols(text(raw, 'symbols'), 'symbols'),
    mode: choice(raw, 'mode', ['request', 'stream'] as const, 'request'),
    throttle: number(raw, 'throttle', 1, { min: 0, max: 3_600 }),
  }),
  start({ config, account, life, status, send }) {
    const show = (quote: ConfirmedQuote) => {
      const age = quote.ageMs + quote.delayMs;
      status.show(age > 60_000 ? 'stale' : 'ok', '', `${quote.symbol} ${quote.last ?? '–'}`);
      return { payload: quote, topic: quote.symbol, because: inWords(quote) };
    };

    if (config.mode === 'stream') {
      let watched = config.symbols;
      let watching: Lifetime | null = null;
      const watch = (): void => {
        const { account: open } = account.view();
        void watching?.close();
        watching = null;
        if (!open || watched.length === 0) return;
        const until = life.child();
        watching = until;
        const pace = new Pace<ConfirmedQuote>(until, config.throttle * 1_000, (quote) => send(show(quote)));
        const watch = open.watchQuotes(watched, (quote) => until.run(() => pace.offer(quote.symbol, quote)));
        until.own(() => watch.release());
        status.show('ok', 'streaming', fewOf(watched));
      };
      account.whenOpen((_open, until) => {
        watch();
        until.own(() => watching?.close());
      });
      return (msg) => {
        watched = symbolsOf(msg);
        watch();
      };
    }

    return async (msg, sendNow) => {
      const symbols = config.symbols.length > 0 ? config.symbols : symbolsOf(msg);
      if (symbols.length === 0) throw inputError('topic', msg.topic, 'a symbol such as AAPL');
      const open = await account.open();
      const answers = await Promise.allSettled(symbols.map((symbol) => open.quote(symbol, RECENT_MS)));
      const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      if (found.length > 0) sendNow([found.map((quote) => ({ ...msg, ...show(quote) }))]);
      const failed = answers.filter((answer) => answer.status === 'rejected');
      if (failed.length === 0) return;
      status.show('stale', 'error');
      throw failed[0]?.reason ?? new TraderError('E_NO_QUOTE');
    };
  },
};

/** `AAPL 189.21, bid 189.20, ask 189.22, confirmed 0.4 s ago, 15 minutes delayed`. */
function inWords({ symbol, last, bid, ask, ageMs, delayMs }: ConfirmedQuote): string {
  const price = (value: number | null) => (value === null ? '–' : formatNumber(value, 2, 4));
  const delay = delayMs > 0 ? `, ${formatNumber(delayMs / 60_000, 0, 1)} minutes delayed` : '';
  const age = `confirmed ${formatNumber(ageMs / 1_000, 0, 1)} s ago`;
  return `${symbol} ${price(last)}, bid ${price(bid)}, ask ${price(ask)}, ${age}${delay}`;
}

/** `AAPL MSFT +3`. */
function fewOf(symbols: readonly string[]): string {
  return symbols.length <= 2 ? symbols.join(' ') : `${symbols.slice(0, 2).join(' ')} +${symbols.length - 2}`;
}

/** Sends quotes: one for each message, or each new one. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('tradier-quote', defineNode(RED, tradierQuote));
}
