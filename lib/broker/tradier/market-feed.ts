import { Emitter } from '../../domain/events.ts';
import type { Trade } from '../../domain/market-data.ts';
import type { QuoteUpdate } from '../port.ts';
import type { FeedParts } from './feed-parts.ts';
import { QuotePoll } from './quote-poll.ts';
import { SessionStream } from './session-stream.ts';
import type { StreamMessage } from './stream-messages.ts';

/** Quotes and trades of the watched symbols: from the market stream, or read regularly where there is none. */
export class MarketFeed {
  readonly quoteUpdates: Emitter<QuoteUpdate>;
  readonly trades: Emitter<Trade>;
  readonly #streaming: boolean;
  readonly #stream: SessionStream;
  readonly #poll: QuotePoll;
  #symbols: string[] = [];
  #connected = false;

  constructor(parts: FeedParts) {
    const { reads, timeouts, elapsed, chance, log, onState } = parts;
    this.quoteUpdates = new Emitter(parts.onError);
    this.trades = new Emitter(parts.onError);
    this.#streaming = parts.marketStream;
    this.#stream = new SessionStream({
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
      onMessage: (message) => this.#pass(message),
      toleratesError: (text) => text.endsWith('is not a valid symbol'),
      onState,
      silenceMs: timeouts.marketSilenceMs,
      renewMs: timeouts.streamRenewMs,
      handshakeMs: timeouts.handshakeMs,
      backoffMs: timeouts.streamBackoffMs,
      backoffMaxMs: timeouts.streamBackoffMaxMs,
      elapsed,
      chance,
      log,
    });
    this.#poll = new QuotePoll({
      read: (symbols) => reads.quotes(symbols),
      onQuote: (quote) => this.quoteUpdates.emit(quote),
      onTrade: (trade) => this.trades.emit(trade),
      onState,
      everyMs: timeouts.quotePollMs,
      elapsed,
    });
  }

  connect(): void {
    this.#connected = true;
    this.#follow();
  }

  watch(symbols: string[]): void {
    const wanted = [...new Set(symbols)].sort();
    if (wanted.join() === this.#symbols.join()) return;
    this.#symbols = wanted;
    this.#follow();
  }

  renew(reason: string): void {
    this.#stream.renew(reason);
  }

  async close(): Promise<void> {
    this.#connected = false;
    this.#poll.stop();
    await this.#stream.stop();
    this.quoteUpdates.clear();
    this.trades.clear();
  }

  #follow(): void {
    if (!this.#connected) return;
    if (!this.#streaming) this.#poll.watch(this.#symbols);
    else if (this.#symbols.length === 0) void this.#stream.stop();
    else if (this.#stream.running) this.#stream.resubscribe();
    else this.#stream.start();
  }

  #pass(message: StreamMessage): void {
    if (message.kind === 'quote') this.quoteUpdates.emit(message.quote);
    else if (message.kind === 'trade') this.trades.emit(message.trade);
  }
}
