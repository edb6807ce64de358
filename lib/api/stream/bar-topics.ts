import { inputError } from '../../domain/errors.ts';
import type { BarFollow, BarUpdate } from '../../market/bars/contract.ts';
import type { Interval } from '../../market/bars/intervals.ts';
import type { TradingAccount } from '../../trading-account.ts';
import type { StreamClient } from './client.ts';
import { type Frame, textFrame } from './frame.ts';
import { BOUNDS, errorText } from './protocol.ts';

interface Told {
  time: number;
  frame: Frame;
}

interface Topic {
  symbol: string;
  interval: Interval;
  /** With what was told while the client's snapshot is still read; null once it has it. */
  clients: Map<StreamClient, Told[] | null>;
  follow: BarFollow | null;
  seq: number;
}

/** One follower for each symbol and interval. A client first gets the bars before, and then each update, none left out. */
export class BarTopics {
  readonly #topics = new Map<string, Topic>();
  #account: TradingAccount | null = null;

  bind(account: TradingAccount | null): void {
    this.#account = account;
    for (const topic of this.#topics.values()) this.#follow(topic);
  }

  /** Throws E_INPUT beyond a bound. */
  check(client: StreamClient, symbols: readonly string[], interval: Interval): void {
    const wanted = new Set([...client.bars, ...symbols.map((symbol) => keyOf(symbol, interval))]).size;
    if (wanted > BOUNDS.bars)
      throw inputError('symbols', wanted, `at most ${BOUNDS.bars} series of bars a client`);
  }

  join(client: StreamClient, symbols: readonly string[], interval: Interval, count: number): void {
    for (const symbol of symbols) void this.#join(client, symbol, interval, count);
  }

  /** Of one interval, or of all where `interval` is null; all symbols where none are named. */
  leave(client: StreamClient, symbols: readonly string[], interval: Interval | null): void {
    for (const key of [...client.bars]) {
      const topic = this.#topics.get(key);
      if (!topic) continue;
      if (interval !== null && topic.interval !== interval) continue;
      if (symbols.length === 0 || symbols.includes(topic.symbol)) this.#leave(client, key, topic);
    }
  }

  close(): void {
    for (const topic of this.#topics.values()) topic.follow?.release();
    this.#topics.clear();
  }

  async #join(client: StreamClient, symbol: string, interval: Interval, count: number): Promise<void> {
    const key = keyOf(symbol, interval);
    const account = this.#account;
    const topic = this.#topics.get(key) ?? this.#open(key, symbol, interval);
    client.bars.add(key);
    topic.clients.set(client, []);
    try {
      const data = account === null ? [] : await account.bars.history(symbol, interval, { count });
      const told = topic.clients.get(client);
      if (!told) return;
      topic.clients.set(client, null);
      client.tell(JSON.stringify({ type: 'bars', snapshot: true, seq: topic.seq, symbol, interval, data }));
      const newest = data.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
      for (const { time, frame } of told) if (time >= newest) client.push(frame);
    } catch (error) {
      this.#leave(client, key, topic);
      client.tell(errorText(error));
    }
  }

  #open(key: string, symbol: string, interval: Interval): Topic {
    const topic: Topic = { symbol, interval, clients: new Map(), follow: null, seq: 0 };
    this.#topics.set(key, topic);
    this.#follow(topic);
    return topic;
  }

  #follow(topic: Topic): void {
    topic.follow?.release();
    const { symbol, interval } = topic;
    const options = { forming: true };
    topic.follow =
      this.#account?.bars.follow(symbol, interval, options, (update) => this.#heard(topic, update)) ?? null;
  }

  #heard(topic: Topic, { kind, bar }: BarUpdate): void {
    topic.seq += 1;
    const { seq, symbol, interval } = topic;
    const frame = textFrame(JSON.stringify({ type: 'bar', seq, symbol, interval, kind, data: bar }));
    const key = keyOf(symbol, interval);
    for (const [client, told] of topic.clients) {
      if (told !== null) told.push({ time: bar.time, frame });
      else if (kind === 'forming') client.offer(key, frame);
      else {
        // What formed is closed: nothing older may come after it.
        client.forget(key);
        client.push(frame);
      }
    }
  }

  #leave(client: StreamClient, key: string, topic: Topic): void {
    // A snapshot that failed late speaks of a topic that is over; the one of that name now is another.
    if (this.#topics.get(key) !== topic) return;
    client.bars.delete(key);
    client.forget(key);
    topic.clients.delete(client);
    if (topic.clients.size > 0) return;
    topic.follow?.release();
    this.#topics.delete(key);
  }
}

function keyOf(symbol: string, interval: Interval): string {
  return `${symbol} ${interval}`;
}
