import { z } from 'zod';
import type { EpochMs } from '../../domain/clock.ts';
import type { TradingAccount } from '../../trading-account.ts';
import type { ApiContext } from '../context.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { healthAnswer } from '../schemas.ts';

/** In a session, a quote somebody follows is confirmed every few seconds; one older than this says the feed is mute. */
const STALE_MS = 30_000;
const MOST_HELD = 50;

export const healthEndpoint: Endpoint = endpoint({
  id: 'health',
  method: 'GET',
  path: '/health',
  tag: 'Health',
  summary: 'How the desk is doing, part by part. 503 when it cannot do its work.',
  query: z.strictObject({}),
  answers: {
    200: { description: 'It works; degraded when a part has a substitute at work.', schema: healthAnswer },
    503: { description: 'It cannot do its work, and the parts say why.', schema: healthAnswer },
  },
  async handle(context) {
    const running = context.running();
    const parts = running === null ? absent(context) : await partsOf(running, context);
    const { broker, journal, clock, quotes, streams } = parts;
    const works = [broker, journal, clock, quotes].every(({ ok }) => ok);
    const stream = context.stream();
    const body = {
      status: works ? (streams.ok ? 'ok' : 'degraded') : 'down',
      at: parts.clock.market,
      timestamp: context.now(),
      version: context.versions['node-red-trader'] ?? '',
      uptime: Math.floor((context.now() - context.since) / 1_000),
      account: running?.key ?? null,
      simulated: running?.simulated ?? null,
      tradier_connected: broker.ok,
      active_connections: stream.clients,
      parts,
      versions: context.versions,
    };
    return { status: works ? 200 : 503, body };
  },
});

async function partsOf(account: TradingAccount, context: ApiContext) {
  const { state, reason, haltState, streams, reading } = account.status();
  const market = marketNow(account);
  const isOpen = market !== null && account.calendar.openSession(market) !== null;
  const followed = context.stream();
  // What is held cannot be asked for without these, and they say so themselves.
  const held = reading.ok && state !== 'down' ? await heldAges(account) : [];
  const symbols = followed.symbols + (held?.length ?? 0);
  // A portfolio that cannot be read is as one whose quotes are all silent.
  const ages = [
    ...(held ?? [Number.POSITIVE_INFINITY]),
    ...(followed.oldestQuoteMs === null ? [] : [followed.oldestQuoteMs]),
  ];
  const oldestQuoteMs = ages.length === 0 ? null : Math.max(...ages);
  const stale = isOpen && oldestQuoteMs !== null && oldestQuoteMs > STALE_MS;
  const streamsOk = streams.account === 'open' && (symbols === 0 || streams.market === 'open');
  return {
    broker: part(reading.ok, reading.ok ? 'the account is read' : reading.reason),
    streams: {
      ...part(streamsOk, streamsOk ? 'events arrive by themselves' : 'events are asked for instead'),
      market: streams.market,
      account: streams.account,
    },
    journal: {
      ...part(state !== 'down', state === 'down' ? reason : 'every order is recorded'),
      haltState,
    },
    clock: {
      ...part(
        market !== null,
        market === null ? "the broker's clock is not known" : isOpen ? 'market open' : 'market closed',
      ),
      market,
      wall: context.now(),
    },
    quotes: {
      ...part(!stale, stale ? 'the feed is silent in a session' : 'as fresh as the feed'),
      symbols,
      oldestMs: oldestQuoteMs === null || !Number.isFinite(oldestQuoteMs) ? null : Math.round(oldestQuoteMs),
    },
  };
}

/**
 * How long ago each symbol that is held was confirmed; what has no quote at all counts as silent for ever. null when it
 * cannot be read what is held.
 */
async function heldAges(account: TradingAccount): Promise<number[] | null> {
  const snapshot = await account.snapshot().catch(() => null);
  if (snapshot === null) return null;
  const { positions } = snapshot;
  const symbols = [...new Set(positions.map(({ symbol }) => symbol))].slice(0, MOST_HELD);
  const asked = symbols.map((symbol) => account.quote(symbol, Number.POSITIVE_INFINITY));
  const found = await Promise.allSettled(asked);
  return found.map((one) => (one.status === 'fulfilled' ? one.value.ageMs : Number.POSITIVE_INFINITY));
}

function absent(context: ApiContext) {
  const why = part(false, context.reason());
  return {
    broker: why,
    streams: { ...why, market: 'down', account: 'down' },
    journal: { ...why, haltState: 'halted' },
    clock: { ...why, market: null, wall: context.now() },
    quotes: { ...why, symbols: 0, oldestMs: null },
  };
}

function part(ok: boolean, detail: string) {
  return { ok, detail };
}

function marketNow(account: TradingAccount): EpochMs | null {
  try {
    return account.clock.market.now();
  } catch {
    return null;
  }
}
