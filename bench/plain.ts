/**
 * The peer: what an alert takes, in plain node:http with nothing in between. The same stages, the same tables with the
 * same constraints, records of the same size and the same synced commits as the product: alerts that arrive together
 * share one and are answered before the next is ordered; then the decision with its permit and reservation, the
 * attempt, one POST on a connection of its own, the acknowledgement, and what follows. No rules, no books, no words.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { z } from 'zod';
import { VERSIONS } from '../lib/orders/journal/schema/versions.ts';

const [file = '', rest = '', token = '', account = '', secret = ''] = process.argv.slice(2);

const alertSchema = z.object({
  id: z.string().min(1).max(128),
  secret: z.string(),
  ticker: z.string().regex(/^[A-Z.]{1,10}$/),
  action: z.enum(['buy', 'sell']),
  contracts: z.number().int().positive(),
});
type Alert = z.infer<typeof alertSchema>;

const db = new DatabaseSync(file, { enableForeignKeyConstraints: true });
db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
for (const step of VERSIONS) db.exec(step);
db.exec('UPDATE epoch SET n = 1');

const statement = {
  inbox: db.prepare(
    `INSERT INTO inbox (signal_key, source, sender_id, identity, received_at, body_digest, body_redacted, signal, state)
     VALUES (?, 'plain', ?, 'id', ?, ?, ?, ?, 'RECEIVED')`,
  ),
  intent: db.prepare(
    `INSERT INTO intent (intent_id, signal_key, leg, book, strategy, symbol, side, quantity, reduce_only, hash, payload,
       decided_with, created_at, decided_wall, state)
     VALUES (?, ?, 'main', 'plain', 'bench', ?, ?, ?, 0, ?, ?, ?, ?, ?, 'PREPARED')`,
  ),
  permit: db.prepare(`INSERT INTO permit VALUES (?, ?, ?, 1, ?, ?, 'ISSUED')`),
  reservation: db.prepare(`INSERT INTO reservation VALUES (?, ?, ?, 'plain', ?, ?, 'HELD')`),
  spent: db.prepare(`UPDATE permit SET state = 'SPENT' WHERE permit_id = ?`),
  active: db.prepare(`UPDATE intent SET state = 'ACTIVE', origin = ? WHERE intent_id = ?`),
  attempt: db.prepare(
    `INSERT INTO attempt (intent_id, n, tag, epoch, state, sent_wall, sent_market, session, quantity, request)
     VALUES (?, 1, ?, 1, 'SENDING', ?, ?, '2026-03-02', ?, ?)`,
  ),
  decided: db.prepare(`UPDATE inbox SET state = 'DECIDED' WHERE signal_key = ?`),
  settled: db.prepare(`UPDATE attempt SET state = 'ACKED', order_id = ? WHERE intent_id = ? AND n = 1`),
  order: db.prepare(
    `INSERT INTO broker_order (order_id, intent_id, tag, status, quantity, cum_qty, remaining, created_at, updated_at,
       seen_wall) VALUES (?, ?, ?, 'pending', ?, 0, ?, ?, 0, ?)`,
  ),
  event: db.prepare('INSERT INTO outbox (event_id, intent_id, body) VALUES (?, ?, ?)'),
  seen: db.prepare(
    'UPDATE broker_order SET status = ?, cum_qty = ?, remaining = ?, seen_wall = ?, closed = ? WHERE order_id = ?',
  ),
  fill: db.prepare(`INSERT INTO fill VALUES (?, ?, ?, 187.25, ?, ?, 'plain', ?)`),
  released: db.prepare(`UPDATE reservation SET state = 'RELEASED' WHERE intent_id = ?`),
  done: db.prepare(`UPDATE intent SET state = 'DONE' WHERE intent_id = ?`),
};

type Write = [name: keyof typeof statement, ...values: SQLInputValue[]];

/** All on disk when it returns. */
function commit(writes: Write[]): void {
  db.exec('BEGIN IMMEDIATE');
  for (const [name, ...values] of writes) statement[name].run(...values);
  db.exec('COMMIT');
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** As long as what the product's fifteen rules say. */
const CHECKS = JSON.stringify(
  Array.from({ length: 15 }, (_, n) => ({
    rule: `rule-${n}`,
    passed: true,
    message: 'a figure of the account stays below its limit after this order, in words a person can read',
    value: 1_000 + n,
    limit: 100_000,
  })),
);
const ORIGIN = JSON.stringify({ nodeId: 'plain', passThrough: { _msgid: '0123456789abcdef' } });

let acknowledged: [string, string][] = [];
let failed = 0;
let why = '';
let waiting = false;
let tail: Promise<void> = Promise.resolve();

interface Intent {
  id: string;
  alert: Alert;
  permit: string;
  payload: string;
}

function order(alert: Alert): void {
  const { id: key, ticker: symbol, action: side, contracts: quantity } = alert;
  const [id, permit, now] = [sha256(key).slice(0, 24), crypto.randomUUID(), Date.now()];
  const wanted = {
    account: 'simulator',
    leg: 'main',
    book: 'plain',
    strategy: 'bench',
    symbol,
    side,
    quantity,
  };
  const payload = JSON.stringify({
    intentId: id,
    signalKey: key,
    ...wanted,
    type: 'market',
    duration: 'day',
    reduceOnly: false,
    reason: '',
  });
  const hash = sha256(payload);
  commit([
    ['intent', id, key, symbol, side, quantity, hash, payload, CHECKS, now, now],
    ['permit', permit, id, hash, now, now + 60_000],
    ['reservation', id, symbol, side, quantity, quantity * 1_872_500],
  ]);
  tail = tail
    .then(() => send({ id, alert, permit, payload }))
    .catch((error: unknown) => {
      failed += 1;
      why = String(error);
    });
}

/** One at a time, as the product does. */
async function send({ id, alert, permit, payload }: Intent): Promise<void> {
  const { id: key, ticker: symbol, action: side, contracts: quantity } = alert;
  const tag = `bench-${id}`;
  const now = Date.now();
  const terms = {
    class: 'equity',
    symbol,
    side,
    quantity: String(quantity),
    type: 'market',
    duration: 'day',
    tag,
  };
  commit([
    ['spent', permit],
    ['active', ORIGIN, id],
    ['attempt', id, tag, now, now, quantity, JSON.stringify(terms)],
    ['decided', key],
  ]);
  const reply = JSON.parse(await post(new URLSearchParams(terms).toString())) as { order?: { id?: number } };
  const orderId = reply.order?.id;
  if (orderId === undefined) throw new Error(JSON.stringify(reply));
  const event = (status: string): Write => [
    'event',
    `${tag}:${status}`,
    id,
    `${payload.slice(0, -1)},${JSON.stringify({ id: orderId, tag, status, createdAt: now })}}`,
  ];
  commit([
    ['settled', orderId, id],
    ['order', orderId, id, tag, quantity, quantity, now, now],
    event('pending'),
  ]);
  acknowledged.push([key, String(process.hrtime.bigint())]);
  if (waiting) tell();
  setImmediate(() => commit([['seen', 'open', 0, quantity, Date.now(), 0, orderId], event('open')]));
  setImmediate(() =>
    commit([
      ['seen', 'filled', quantity, 0, Date.now(), 1, orderId],
      ['fill', orderId, quantity, quantity, symbol, side, now],
      ['released', id],
      ['done', id],
      event('filled'),
    ]),
  );
}

function post(body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(body),
    };
    const sent = request(
      `${rest}/accounts/${account}/orders`,
      { method: 'POST', agent: false, headers },
      (response) => {
        whole(response).then(resolve, reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

async function whole(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

const expected = Buffer.from(secret);

interface Arrived {
  alert: Alert;
  text: string;
  res: ServerResponse;
}

let unanswered: Arrived[] = [];
const unordered: Alert[] = [];
let planned = false;
let arrivedAt = Number.NEGATIVE_INFINITY;
let departedAt = Number.NEGATIVE_INFINITY;

/** One commit for all that arrived in this turn, then the answers. */
function answer(): void {
  const together = unanswered;
  unanswered = [];
  const now = Date.now();
  commit(
    together.map(({ alert, text }) => {
      const redacted = text.replace(secret, '');
      const signal = JSON.stringify({
        ...alert,
        secret: '',
        source: 'plain',
        book: 'plain',
        receivedAt: now,
      });
      return ['inbox', alert.id, alert.id, now, sha256(redacted), redacted, signal];
    }),
  );
  for (const { alert, res } of together) {
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(JSON.stringify({ status: 'accepted', signal: alert.id }));
    unordered.push(alert);
    if (!planned) depart();
    arrivedAt = performance.now();
  }
}

/** A burst is answered before it is ordered, by the same rule as in the product. */
function depart(): void {
  planned = false;
  if (unordered.length === 0) return;
  const now = performance.now();
  const lull = unanswered.length === 0 && now - arrivedAt >= 2;
  planned = true;
  if (lull) setImmediate(depart);
  else setTimeout(depart, 2);
  if (!lull && now - departedAt < 25) return;
  departedAt = now;
  const next = unordered.shift();
  if (next) setImmediate(() => order(next));
}

const server = createServer(async (req, res) => {
  const text = await whole(req);
  const parsed = alertSchema.safeParse(JSON.parse(text));
  const given = Buffer.from(parsed.data?.secret ?? '');
  if (!parsed.success || given.length !== expected.length || !timingSafeEqual(given, expected)) {
    res.writeHead(401).end();
    return;
  }
  if (unanswered.push({ alert: parsed.data, text, res }) === 1) setImmediate(answer);
});

process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
process.on('message', ({ bench }: { bench: string }) => {
  if (bench === 'next' && acknowledged.length + failed === 0) waiting = true;
  else tell();
});

function tell(): void {
  process.send?.({ acknowledged, failed, why });
  acknowledged = [];
  waiting = false;
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  process.send?.({ url: `http://127.0.0.1:${port}/alert` });
});
