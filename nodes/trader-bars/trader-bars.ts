import type { NodeAPI, NodeMessage } from 'node-red';
import type { TradingAccount } from '../../lib/account.ts';
import { inputError } from '../../lib/domain/errors.ts';
import type { Bar } from '../../lib/domain/market-data.ts';
import { formatNumber } from '../../lib/domain/money.ts';
import { type AskedSpan, MOST_BARS, mergeSpans, readSpan } from '../../lib/market/bars/asked-span.ts';
import { type Interval, readInterval } from '../../lib/market/bars/intervals.ts';
import { barsInWords } from '../../lib/market/bars/words.ts';
import { readMoment } from '../../lib/market/moments.ts';
import { choice, flag, number, type RawConfig, text } from '../kit/config.ts';
import { defineNode, type NodeDefinition } from '../kit/define-node.ts';
import { fewOf, readSymbols, symbolsOf } from '../kit/symbols.ts';
import { LiveBars } from './live-bars.ts';

interface Config {
  mode: 'request' | 'live';
  symbols: string[];
  interval: Interval;
  span: AskedSpan;
  /** Closed bars sent before the live ones begin. */
  warmUp: number;
  forming: boolean;
}

const traderBars: NodeDefinition<Config> = {
  type: 'trader-bars',
  parse: (raw) => ({
    mode: choice(raw, 'mode', ['request', 'live'] as const, 'request'),
    symbols: readSymbols(text(raw, 'symbols'), 'symbols'),
    interval: readInterval(text(raw, 'interval', '5')),
    span: readSetting(raw),
    warmUp: number(raw, 'warmUp', 0, { min: 0, max: MOST_BARS - 1, whole: true }),
    forming: flag(raw, 'forming', false),
  }),
  start({ config, account, status, send, report }) {
    if (config.mode === 'live') {
      const live = new LiveBars({ ...config, send, report, status });
      account.whenOpen((open, until) => live.begin(open, until));
      return (msg) => {
        const symbols = symbolsOf(msg);
        if (symbols.length === 0) throw inputError('topic', msg.topic, 'a symbol such as AAPL');
        live.follow(symbols);
      };
    }

    return async (msg, sendNow) => {
      const symbols = config.symbols.length > 0 ? config.symbols : symbolsOf(msg);
      if (symbols.length === 0) throw inputError('topic', msg.topic, 'a symbol such as AAPL');
      const open = await account.open();
      const { interval, read } = questionOf(msg, config, open);
      const answers = await Promise.allSettled(symbols.map((symbol) => read(symbol)));
      const found: NodeMessage[] = [];
      let failure: unknown;
      for (const [place, answer] of answers.entries()) {
        if (answer.status === 'rejected') failure ??= answer.reason;
        else found.push({ ...msg, ...historyMessage(symbols[place] ?? '', interval, answer.value) });
      }
      if (found.length > 0) sendNow([found, null]);
      if (failure !== undefined) {
        status.show('stale', 'error');
        throw failure;
      }
      const bars = found.reduce((sum, { payload }) => sum + (payload as Bar[]).length, 0);
      status.show('ok', '', `${formatNumber(bars, 0, 0)} ${fewOf(symbols)}`);
    };
  },
};

/** Which bars a message asks for; what it leaves open is as in the dialog. */
function questionOf(msg: NodeMessage, config: Config, open: TradingAccount) {
  const wish: Record<string, unknown> =
    typeof msg.payload === 'object' && msg.payload !== null && !Array.isArray(msg.payload)
      ? { ...msg.payload }
      : {};
  const interval = wish.interval === undefined ? config.interval : readInterval(wish.interval);
  const asked = mergeSpans({ count: wish.count, from: wish.from, to: wish.to }, config.span);
  const span = readSpan(asked, open.clock.market.now(), interval, open.calendar);
  return { interval, read: (symbol: string) => open.bars.history(symbol, interval, span) };
}

/** The count, or the range when the dialog has a beginning. */
function readSetting(raw: RawConfig): AskedSpan {
  const [from, to] = [text(raw, 'from'), text(raw, 'to')];
  if (from !== '') readMoment(from, 'from');
  if (to !== '') readMoment(to, 'to', 'end');
  if (from !== '') return { from, to };
  return { count: number(raw, 'count', 300, { min: 1, max: MOST_BARS, whole: true }), to };
}

function historyMessage(symbol: string, interval: Interval, bars: Bar[]): NodeMessage {
  const because = barsInWords(symbol, interval, bars);
  return { payload: bars, topic: symbol, interval, update: 'history', because } as NodeMessage;
}

/** Sends bars: past ones for each message, or live ones as they close. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('trader-bars', defineNode(RED, traderBars));
}
