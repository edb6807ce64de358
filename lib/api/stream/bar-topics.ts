import { inputError } from '../../domain/errors.ts';
import type { BarFollow, BarUpdate } from '../../market/bars/contract.ts';
import type { Interval } from '../../market/bars/intervals.ts';
import { tickerOf } from '../../market/symbols/names.ts';
import type { TradingAccount } from '../../trading-account.ts';
import type { StreamClient } from './client.ts';
import { type Frame, textFrame } from './frame.ts';
import { BOUNDS, errorText } from './protocol.ts';

interface Told {
  kind: BarUpdate['kind'];
  time: number;
  frame: Frame;
}

/** What a client is owed: a snapshot of so many bars, and after it what was told while that was read. */
interface Follower {
  count: number;
  /** The topic's number when the reading began. */
  since: number;
  told: Told[];
  /** It has its snapshot. */
  ready: boolean;
}

interface Topic {
  symbol: string;
  interval: Interval;
  clients: Map<StreamClient, Follower>;
  follow: BarFollow | null;
  seq: number;
}

/** One follower for each symbol and interval. A client first gets the bars before, and then each update, none left out. */
export class BarTopics {
  readonly #topics = new Map<string, Topic>();
  #account: TradingAccount | null = null;

  bind(account: TradingAccount | null): void {
    this.#account = account;
    for (const topic of this.#topics.values()) {
      this.#follow(topic);
      // What happened while nobody followed is in a new snapshot.
      for (const [client, { count }] of [...topic.clients]) void this.#snapshot(client, topic, count);
    }
  }

  /** Throws E_INPUT beyond a bound. */
  check(client: StreamClient, symbols: readonly string[], interval: Interval): void {
    const wanted = new Set([...client.bars, ...symbols.map((symbol) => keyOf(symbol, interval))]).size;
    if (wanted > BOUNDS.bars)
      throw inputError('symbols', wanted, `at most ${BOUNDS.bars} series of bars a client`);
  }

  join(client: StreamClient, symbols: readonly string[], interval: Interval, count: number): void {
    for (const symbol of symbols) this.#join(client, symbol, interval, count);
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

  #join(client: StreamClient, symbol: string, interval: Interval, count: number): void {
    const key = keyOf(symbol, interval);
    const topic = this.#topics.get(key) ?? this.#open(key, symbol, interval);
    client.bars.add(key);
    void this.#snapshot(client, topic, count);
  }

  /** The bars before, then what was told meanwhile. Without an account nobody is told anything; see bind. */
  async #snapshot(client: StreamClient, topic: Topic, count: number): Promise<void> {
    const { symbol, interval } = topic;
    const own: Follower = { count, since: topic.seq, told: [], ready: false };
    topic.clients.set(client, own);
    const account = this.#account;
    if (account === null) return;
    const stays = () => this.#account === account && topic.clients.get(client) === own;
    try {
      const data = await account.bars.history(symbol, interval, { count });
      await client.inRoom(() => {
        if (!stays()) return;
        own.ready = true;
        const names = { symbol, ticker: tickerOf(symbol), interval };
        client.tell(JSON.stringify({ type: 'bars', snapshot: true, seq: own.since, ...names, data }));
        const newest = data.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
        // What is older is in it; but a correction may be newer than what was read.
        for (const { kind, time, frame } of own.told.splice(0))
          if (time >= newest || kind === 'corrected') client.push(frame);
      });
    } catch (error) {
      if (!stays()) return;
      this.#leave(client, keyOf(symbol, interval), topic);
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
    const names = { symbol, ticker: tickerOf(symbol), interval };
    const frame = textFrame(JSON.stringify({ type: 'bar', seq, ...names, kind, data: bar }));
    const key = keyOf(symbol, interval);
    for (const [client, { ready, told }] of topic.clients) {
      if (!ready) keep(told, { kind, time: bar.time, frame });
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

/** Of a bar that forms only the newest is kept, however long a snapshot takes. */
function keep(told: Told[], one: Told): void {
  const last = told.at(-1);
  if (last?.kind === 'forming' && last.time === one.time) told.pop();
  told.push(one);
}

function keyOf(symbol: string, interval: Interval): string {
  return `${symbol} ${interval}`;
}
