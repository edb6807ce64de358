import type { Chance } from '../../domain/chance.ts';
import type { ElapsedTime } from '../../domain/clock.ts';
import { nextTurn } from '../../domain/event-loop.ts';
import { Emitter } from '../../domain/events.ts';
import type { Trade } from '../../domain/market-data.ts';
import type { OrderEvent, QuoteUpdate, StreamState } from '../port.ts';
import { QuotePoll } from './quote-poll.ts';
import type { TradierReads } from './rest.ts';
import { SessionStream, type SessionStreamParts } from './session-stream.ts';
import type { StreamMessage } from './stream-messages.ts';
import type { TradierTimeouts } from './timeouts.ts';

export interface StreamsParts {
  reads: TradierReads;
  /** False: quotes are polled instead. */
  marketStream: boolean;
  timeouts: TradierTimeouts;
  elapsed: ElapsedTime;
  chance: Chance;
  log(level: 'info' | 'warn' | 'error', message: string): void;
}

/** The account stream and the market stream of one account, as the port's events. */
export class TradierStreams {
  readonly quoteUpdates: Emitter<QuoteUpdate>;
  readonly trades: Emitter<Trade>;
  readonly orderEvents: Emitter<OrderEvent>;
  readonly states: Emitter<StreamState>;
  readonly #parts: StreamsParts;
  readonly #account: SessionStream;
  readonly #market: SessionStream;
  readonly #poll: QuotePoll;
  #symbols: string[] = [];
  #events: OrderEvent[] = [];
  #connected = false;

  constructor(parts: StreamsParts) {
    this.#parts = parts;
    const { reads, timeouts, elapsed, chance, log } = parts;
    const failed = (error: unknown) => log('error', `A stream listener failed: ${String(error)}`);
    this.quoteUpdates = new Emitter(failed);
    this.trades = new Emitter(failed);
    this.orderEvents = new Emitter(failed);
    this.states = new Emitter(failed);
    const common = {
      onMessage: (message: StreamMessage) => this.#pass(message),
      onState: (state: StreamState) => this.states.emit(state),
      handshakeMs: timeouts.handshakeMs,
      backoffMs: timeouts.streamBackoffMs,
      backoffMaxMs: timeouts.streamBackoffMaxMs,
      elapsed,
      chance,
      log,
    } satisfies Partial<SessionStreamParts>;
    this.#account = new SessionStream({
      ...common,
      name: 'account',
      openSession: () => reads.openSession('account'),
      subscribe: (sessionid) => ({ events: ['order'], sessionid, excludeAccounts: [] }),
      toleratesError: () => false,
      silenceMs: timeouts.accountSilenceMs,
    });
    this.#market = new SessionStream({
      ...common,
      name: 'market',
      openSession: () => reads.openSession('market'),
      subscribe: (sessionid) => ({
        symbols: this.#symbols,
        sessionid,
        filter: ['trade', 'quote'],
        linebreak: true,
        validOnly: true,
        advancedDetails: false,
      }),
      toleratesError: (text) => text.endsWith('is not a valid symbol'),
      silenceMs: timeouts.marketSilenceMs,
    });
    this.#poll = new QuotePoll({
      read: (symbols) => reads.quotes(symbols),
      onQuote: (quote) => this.quoteUpdates.emit(quote),
      onTrade: (trade) => this.trades.emit(trade),
      onState: common.onState,
      everyMs: timeouts.quotePollMs,
      elapsed,
    });
  }

  connect(): void {
    this.#connected = true;
    this.#account.start();
    this.#followMarket();
  }

  watch(symbols: string[]): void {
    const wanted = [...new Set(symbols)].sort();
    if (wanted.join() === this.#symbols.join()) return;
    this.#symbols = wanted;
    this.#followMarket();
  }

  async close(): Promise<void> {
    this.#connected = false;
    this.#poll.stop();
    await Promise.all([this.#account.stop(), this.#market.stop()]);
    for (const events of [this.quoteUpdates, this.trades, this.orderEvents, this.states]) events.clear();
  }

  #followMarket(): void {
    if (!this.#connected) return;
    if (!this.#parts.marketStream) this.#poll.watch(this.#symbols);
    else if (this.#symbols.length === 0) void this.#market.stop();
    else if (this.#market.running) this.#market.resubscribe();
    else this.#market.start();
  }

  #pass(message: StreamMessage): void {
    if (message.kind === 'quote') this.quoteUpdates.emit(message.quote);
    else if (message.kind === 'trade') this.trades.emit(message.trade);
    // Documented samples shorten the account's number, so a prefix of ours counts as ours.
    else if (message.kind === 'order' && this.#parts.reads.accountId.startsWith(message.account)) {
      this.#heard(message.event);
    }
  }

  /** In their order. An answer to an order that came in the same turn is told first: somebody waits for that. */
  #heard(event: OrderEvent): void {
    this.#events.push(event);
    if (this.#events.length > 1) return;
    nextTurn(() => {
      const events = this.#events;
      this.#events = [];
      for (const each of events) this.orderEvents.emit(each);
    });
  }
}
