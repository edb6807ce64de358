import type { NodeAPI, NodeMessage } from 'node-red';
import { inputError } from '../../lib/domain/errors.ts';
import type { ConfirmedQuote, Greeks } from '../../lib/domain/market-data.ts';
import { quoteInWords, sameMarket } from '../../lib/market/quote-words.ts';
import { choice, flag, number, text } from '../kit/config.ts';
import { defineNode, type NodeDefinition } from '../kit/define-node.ts';
import { missingOf, showFollowed, showMissing } from '../kit/followed-symbols.ts';
import { readSymbols, symbolsOf } from '../kit/symbols.ts';
import { QuoteStream } from './quote-stream.ts';

interface Config {
  symbols: string[];
  mode: 'request' | 'stream';
  /** Seconds between two messages of one symbol. */
  throttle: number;
  /** Streaming: leave out a quote whose market is as it was. */
  onlyChanges: boolean;
  /** Ask for the greeks of options, too. */
  greeks: boolean;
}

/** A quote confirmed this recently answers a request without asking the broker. */
const RECENT_MS = 1_000;

const tradierQuote: NodeDefinition<Config> = {
  type: 'tradier-quote',
  parse: (raw) => ({
    symbols: readSymbols(text(raw, 'symbols'), 'symbols'),
    mode: choice(raw, 'mode', ['request', 'stream'] as const, 'request'),
    throttle: number(raw, 'throttle', 1, { min: 0, max: 3_600 }),
    onlyChanges: flag(raw, 'onlyChanges', false),
    greeks: flag(raw, 'greeks', false),
  }),
  start({ config, account, life, status, send, report }) {
    const light = (quote: ConfirmedQuote) => {
      const age = quote.ageMs + quote.delayMs;
      status.show(age > 60_000 ? 'stale' : 'ok', '', `${quote.symbol} ${quote.last ?? '–'}`);
    };
    const message = (quote: ConfirmedQuote, greeks: Greeks | undefined): NodeMessage => {
      const payload = greeks === undefined ? quote : { ...quote, greeks };
      return { payload, topic: quote.symbol, because: quoteInWords(payload) } as NodeMessage;
    };

    if (config.mode === 'stream') {
      let isComplete = true;
      const stream = new QuoteStream({
        life,
        symbols: config.symbols,
        throttleMs: config.throttle * 1_000,
        isNews: (before, now) => !config.onlyChanges || before === undefined || !sameMarket(before, now),
        greeks: config.greeks,
        tell(quote, greeks) {
          if (isComplete) light(quote);
          send(message(quote, greeks));
        },
        watching(symbols, missing) {
          isComplete = missing.size === 0;
          showFollowed(status, symbols, missing);
        },
        report,
      });
      account.whenOpen((open, until) => stream.begin(open, until));
      return (msg) => stream.watch(symbolsOf(msg));
    }

    return async (msg, sendNow) => {
      const symbols = config.symbols.length > 0 ? config.symbols : symbolsOf(msg);
      if (symbols.length === 0) throw inputError('topic', msg.topic, 'a symbol such as AAPL');
      const open = await account.open();
      const asked = Promise.allSettled(symbols.map((symbol) => open.quote(symbol, RECENT_MS)));
      const greeks = config.greeks ? await open.greeks.of(symbols) : new Map<string, Greeks>();
      const answers = await asked;
      const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
      const failures = answers.flatMap((answer, place): [string, unknown][] =>
        answer.status === 'rejected' ? [[symbols[place] ?? '', answer.reason]] : [],
      );
      if (found.length > 0)
        sendNow([found.map((quote) => ({ ...msg, ...message(quote, greeks.get(quote.symbol)) }))]);
      const [failed] = failures;
      if (failed) {
        showMissing(status, symbols, missingOf(failures));
        throw failed[1];
      }
      const [last] = found.slice(-1);
      if (last) light(last);
    };
  },
};

/** Sends quotes: one for each message, or each new one. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('tradier-quote', defineNode(RED, tradierQuote));
}
