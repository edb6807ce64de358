import type { NodeAPI, NodeMessage } from 'node-red';
import type { TradingAccount } from '../../lib/account.ts';
import { inputError } from '../../lib/domain/errors.ts';
import type { Bar } from '../../lib/domain/market-data.ts';
import { formatNumber } from '../../lib/domain/money.ts';
import { type AskedSpan, MOST_BARS, mergeSpans, readSpan } from '../../lib/market/bars/asked-span.ts';
import type { BarSpan } from '../../lib/market/bars/contract.ts';
import { type Interval, readInterval } from '../../lib/market/bars/intervals.ts';
import { barsInWords, whyNoBars } from '../../lib/market/bars/words.ts';
import { readMoment } from '../../lib/market/moments.ts';
import { choice, flag, number, type RawConfig, text } from '../kit/config.ts';
import { defineNode, type NodeDefinition } from '../kit/define-node.ts';
import { missingOf, showMissing } from '../kit/followed-symbols.ts';
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
      const { interval, span } = questionOf(msg, config, open);
      const answers = await Promise.allSettled(
        symbols.map((symbol) => open.bars.history(symbol, interval, span)),
      );
      const found: NodeMessage[] = [];
      const failures: [string, unknown][] = [];
      for (const [place, answer] of answers.entries()) {
        const symbol = symbols[place] ?? '';
        if (answer.status === 'rejected') failures.push([symbol, answer.reason]);
        else
          found.push({
            ...msg,
            ...historyMessage(symbol, interval, answer.value, () => whyNone(span, open)),
          });
      }
      if (found.length > 0) sendNow([found, null]);
      const [failed] = failures;
      if (failed) {
        showMissing(status, symbols, missingOf(failures));
        throw failed[1];
      }
      const bars = found.reduce((sum, { payload }) => sum + (payload as Bar[]).length, 0);
      if (bars === 0) status.show('stale', 'own.noBars', fewOf(symbols));
      else status.show('ok', '', `${formatNumber(bars, 0, 0)} ${fewOf(symbols)}`);
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
  return { interval, span };
}

function whyNone(span: BarSpan, { clock, calendar }: TradingAccount): string {
  return whyNoBars(span, clock.market.now(), calendar);
}

/** The count, or the range when the dialog has a beginning. */
function readSetting(raw: RawConfig): AskedSpan {
  const [from, to] = [text(raw, 'from'), text(raw, 'to')];
  const begin = from === '' ? null : readMoment(from, 'from');
  const end = to === '' ? null : readMoment(to, 'to', 'end');
  if (begin !== null && end !== null && begin >= end) throw inputError('to', to, `a time after ${from}`);
  if (from !== '') return { from, to };
  return { count: number(raw, 'count', 300, { min: 1, max: MOST_BARS, whole: true }), to };
}

function historyMessage(symbol: string, interval: Interval, bars: Bar[], why: () => string): NodeMessage {
  const words = barsInWords(symbol, interval, bars);
  const because = bars.length > 0 ? words : `${words}: ${why()}`;
  return { payload: bars, topic: symbol, interval, update: 'history', because } as NodeMessage;
}

/** Sends bars: past ones for each message, or live ones as they close. */
export default function (RED: NodeAPI): void {
  RED.nodes.registerType('trader-bars', defineNode(RED, traderBars));
}
