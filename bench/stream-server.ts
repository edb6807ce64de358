/** The server side of the stream's bench: the product's stream, or a bare `ws` broadcast of the same bytes. */
import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { Attempts } from '../lib/api/access.ts';
import { StreamServer } from '../lib/api/stream/server.ts';
import { quoteView } from '../lib/api/view.ts';
import { systemElapsed, systemWall } from '../lib/domain/clock.ts';
import { Emitter } from '../lib/domain/events.ts';
import type { ConfirmedQuote } from '../lib/domain/market-data.ts';
import type { TradingAccount } from '../lib/trading-account.ts';

const TICK_MS = 10;
const SYMBOLS = Array.from({ length: 50 }, (_, n) => `S${n}`);

const http = createServer();
const publish = process.argv[2] === 'product' ? product() : bare();
let serial = 0;

/** The time of its making stands in the quote, in nanoseconds of the clock all processes share. */
function next(): ConfirmedQuote {
  serial += 1;
  const last = 100 + (serial % 1_000) / 100;
  const at = process.hrtime.bigint().toString().padStart(20, '0');
  return {
    ...{ symbol: SYMBOLS[serial % SYMBOLS.length] as string, description: `made at ${at}`, exchange: 'Q' },
    ...{ kind: 'stock', bid: last - 0.01, ask: last + 0.01, bidSize: 100, askSize: 200, last, lastSize: 100 },
    ...{ volume: 1_000_000 + serial, averageVolume: 5_000_000, open: 99, high: 110, low: 95, close: null },
    ...{ previousClose: 98, change: 1.5, changePercent: 1.53, week52High: 150, week52Low: 60 },
    ...{ tradeTime: 1_772_467_200_000, bidTime: 1_772_467_200_000, askTime: 1_772_467_200_000 },
    ...{ ageMs: 0, delayMs: 0, simulated: true, condition: 'normal' },
  };
}

function product(): () => void {
  const listeners = new Map<string, (quote: ConfirmedQuote) => void>();
  const nothing = new Emitter<never>(() => undefined);
  const stream = new StreamServer({
    attempts: new Attempts(systemElapsed),
    access: { tokens: [], origins: [] },
    elapsed: systemElapsed,
    wall: systemWall,
    report: (error) => console.error(error),
  });
  stream.bind({
    watchQuotes: ([symbol = '']: string[], listener: (quote: ConfirmedQuote) => void) => {
      listeners.set(symbol, listener);
      return { release: () => undefined };
    },
    quote: async (symbol: string) => ({ ...next(), symbol }),
    portfolioChanges: nothing,
    statusChanges: nothing,
    alerts: { changes: nothing },
  } as unknown as TradingAccount);
  http.on('upgrade', (...asked) => stream.upgrade(...asked));
  return () => {
    const quote = next();
    listeners.get(quote.symbol)?.(quote);
  };
}

function bare(): () => void {
  const clients = new Set<WebSocket>();
  const seqs = new Map<string, number>();
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false });
  http.on('upgrade', (request, socket, head) => {
    server.handleUpgrade(request, socket, head, (ws) => {
      clients.add(ws);
      ws.on('message', () => ws.send('{}'));
      ws.on('error', () => undefined);
      ws.on('close', () => clients.delete(ws));
    });
  });
  return () => {
    const quote = next();
    const seq = (seqs.get(quote.symbol) ?? 0) + 1;
    seqs.set(quote.symbol, seq);
    const message = Buffer.from(`{"type":"quote","seq":${seq},"data":${JSON.stringify(quoteView(quote))}}`);
    for (const ws of clients) ws.send(message, { binary: false });
  };
}

/** Each quote in a turn of its own, as a feed brings them. */
async function burst(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    publish();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** So many quotes a second, evenly. */
async function atRate(rate: number, ms: number): Promise<number> {
  const began = performance.now();
  let sent = 0;
  while (performance.now() - began < ms) {
    const due = Math.floor(((performance.now() - began) / 1_000) * rate);
    for (; sent < due; sent++) publish();
    await new Promise((resolve) => setTimeout(resolve, TICK_MS / 2));
  }
  return sent;
}

process.on('message', ({ bench }: { bench: string }) => {
  const [what = '', one = '0', two = '0'] = bench.split(' ');
  const { user, system } = process.cpuUsage();
  const work =
    what === 'burst' ? burst(Number(one)).then(() => Number(one)) : atRate(Number(one), Number(two));
  void work.then((sent) => {
    const now = process.cpuUsage();
    process.send?.({ sent, cpu: now.user + now.system - user - system });
  });
});
process.on('disconnect', () => process.exit(0));
http.listen(0, '127.0.0.1', 2_048, () => {
  const address = http.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : 0, symbols: SYMBOLS });
});
