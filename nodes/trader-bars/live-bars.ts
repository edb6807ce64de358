import type { NodeMessage } from 'node-red';
import type { TradingAccount } from '../../lib/account.ts';
import { TraderError } from '../../lib/domain/errors.ts';
import type { Bar } from '../../lib/domain/market-data.ts';
import { formatNumber } from '../../lib/domain/money.ts';
import type { BarUpdate } from '../../lib/market/bars/contract.ts';
import type { Interval } from '../../lib/market/bars/intervals.ts';
import { barsInWords, updateInWords } from '../../lib/market/bars/words.ts';
import type { Send } from '../kit/define-node.ts';
import { isUnknown, showFollowed, unknownSymbols } from '../kit/followed-symbols.ts';
import type { Lifetime } from '../kit/lifetime.ts';
import type { StatusLight } from '../kit/status.ts';

const RETRY_MS = 5_000;

export interface LiveBarsParts {
  symbols: string[];
  interval: Interval;
  warmUp: number;
  forming: boolean;
  send: Send;
  report(error: unknown): void;
  status: StatusLight;
}

/**
 * The bars of a list of symbols as they close, without a hole: first what is asked for of the past, then each one that
 * closes. An account that comes back goes on after the bar that was told last.
 */
export class LiveBars {
  readonly #parts: LiveBarsParts;
  #symbols: string[];
  #open: TradingAccount | null = null;
  #life: Lifetime | null = null;
  readonly #following = new Map<string, Lifetime>();
  /** Of what it is to follow, what has no bars now; and what was reported of it already. */
  readonly #missing = new Map<string, 'unknown' | 'unread'>();
  readonly #reported = new Set<string>();
  /** The newest closed bar told of each symbol. */
  readonly #told = new Map<string, Bar>();

  constructor(parts: LiveBarsParts) {
    this.#parts = parts;
    this.#symbols = parts.symbols;
  }

  /** The account is there, until its life ends. */
  begin(open: TradingAccount, life: Lifetime): void {
    this.#open = open;
    this.#life = life;
    life.own(() => {
      this.#open = null;
      this.#life = null;
      this.#following.clear();
      this.#missing.clear();
    });
    this.#go();
  }

  /** Follows these from now on, and no others; those followed before just go on. */
  follow(symbols: string[]): void {
    this.#symbols = symbols;
    // Named again, one that is missing is told again.
    this.#reported.clear();
    this.#go();
  }

  #go(): void {
    const symbols = this.#symbols;
    const [open, life] = [this.#open, this.#life];
    if (open === null || life === null) return;
    for (const [symbol, following] of this.#following) {
      if (symbols.includes(symbol)) continue;
      void following.close();
      this.#following.delete(symbol);
      this.#told.delete(symbol);
    }
    for (const symbol of [...this.#missing.keys()])
      if (!symbols.includes(symbol)) this.#missing.delete(symbol);
    for (const symbol of symbols) {
      if (this.#following.has(symbol)) continue;
      const until = life.child();
      this.#following.set(symbol, until);
      until.run(() => this.#start(open, until, symbol));
    }
    this.#show();
  }

  #show(): void {
    showFollowed(this.#parts.status, this.#symbols, this.#missing);
  }

  async #start(open: TradingAccount, until: Lifetime, symbol: string): Promise<void> {
    const { interval, forming } = this.#parts;
    try {
      const after = await this.#warmUp(open, until, symbol);
      if (until.closed) return;
      const options = { forming, ...(after === undefined ? {} : { after }) };
      const tell = (update: BarUpdate) => until.run(() => this.#tell(update));
      const follow = open.bars.follow(symbol, interval, options, tell);
      until.own(() => follow.release());
      this.#reported.delete(symbol);
      if (this.#missing.delete(symbol)) this.#show();
    } catch (error) {
      if (until.closed) return;
      this.#lacks(symbol, error);
      const final = isUnknown(error) || (error instanceof TraderError && error.code === 'E_INPUT');
      if (!final) {
        until.after(RETRY_MS, () => this.#start(open, until, symbol));
        return;
      }
      // Named again, it is asked for again.
      this.#following.delete(symbol);
      await until.close();
    }
  }

  #lacks(symbol: string, error: unknown): void {
    this.#missing.set(symbol, isUnknown(error) ? 'unknown' : 'unread');
    this.#show();
    if (this.#reported.has(symbol)) return;
    this.#reported.add(symbol);
    this.#parts.report(isUnknown(error) ? unknownSymbols([symbol]) : error);
  }

  /** Sends past bars where they are wanted; the open of the last one told. */
  async #warmUp(open: TradingAccount, until: Lifetime, symbol: string): Promise<number | undefined> {
    const { interval, warmUp, send } = this.#parts;
    const told = this.#told.get(symbol);
    // A market that was set back has nothing to do with what was told of it.
    if (told !== undefined && told.time < open.clock.market.now()) return told.time;
    // One more, because the newest still forms; and at least one, which says whether the symbol exists.
    const bars = await open.bars.history(symbol, interval, { count: warmUp + 1 });
    const closed = bars.filter((bar) => bar.closed).slice(-warmUp);
    const last = closed.at(-1);
    if (warmUp === 0 || until.closed || last === undefined) return undefined;
    const because = `Warm-up: ${barsInWords(symbol, interval, closed)}`;
    send([{ payload: closed, topic: symbol, interval, update: 'warm-up', because } as NodeMessage, null]);
    this.#told.set(symbol, last);
    return last.time;
  }

  /** Closed bars at the first output; what may still change, or was told before, at the second. */
  #tell(update: BarUpdate): void {
    const { interval, send, status } = this.#parts;
    const { kind, bar } = update;
    const because = updateInWords(update, interval);
    const msg = { payload: bar, topic: bar.symbol, interval, update: kind, because } as NodeMessage;
    if (kind === 'closed') this.#told.set(bar.symbol, bar);
    if (this.#missing.size === 0) status.show('ok', '', `${bar.symbol} ${formatNumber(bar.close, 2, 4)}`);
    send(kind === 'closed' ? [msg, null] : [null, msg]);
  }
}
