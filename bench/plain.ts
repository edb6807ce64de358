/**
 * The peer: what an alert takes, in plain node:http with nothing in between. The same stages and the same synced
 * commits as the product: the alert, then (after the answer) the decision with its permit, the attempt, one POST on a
 * connection of its own, the acknowledgement, and the two states that follow. No rules, no books, no words.
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, request } from 'node:http';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { z } from 'zod';

const [file = '', rest = '', token = '', account = '', secret = ''] = process.argv.slice(2);

const alertSchema = z.object({
  id: z.string().min(1).max(128),
  secret: z.string(),
  ticker: z.string().regex(/^[A-Z.]{1,10}$/),
  action: z.enum(['buy', 'sell']),
  contracts: z.number().int().positive(),
});
type Alert = z.infer<typeof alertSchema>;

const db = new DatabaseSync(file);
db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE inbox (id TEXT PRIMARY KEY, at INTEGER, body TEXT, state TEXT) STRICT;
  CREATE TABLE intent (id TEXT PRIMARY KEY, payload TEXT, permit TEXT, state TEXT) STRICT;
  CREATE TABLE attempt (id TEXT PRIMARY KEY, tag TEXT UNIQUE, state TEXT, order_id INTEGER) STRICT;
  CREATE TABLE event (seq INTEGER PRIMARY KEY, id TEXT, body TEXT) STRICT;`);

const statement = {
  inbox: db.prepare(`INSERT INTO inbox VALUES (?, ?, ?, 'RECEIVED')`),
  intent: db.prepare(`INSERT INTO intent VALUES (?, ?, ?, 'PREPARED')`),
  decided: db.prepare(`UPDATE inbox SET state = 'DECIDED' WHERE id = ?`),
  spent: db.prepare(`UPDATE intent SET state = 'ACTIVE' WHERE id = ?`),
  attempt: db.prepare(`INSERT INTO attempt VALUES (?, ?, 'SENDING', NULL)`),
  settled: db.prepare('UPDATE attempt SET state = ?, order_id = ? WHERE id = ?'),
  event: db.prepare('INSERT INTO event (id, body) VALUES (?, ?)'),
};

type Write = [name: keyof typeof statement, ...values: SQLInputValue[]];

/** All on disk when it returns. */
function commit(...writes: Write[]): void {
  db.exec('BEGIN IMMEDIATE');
  for (const [name, ...values] of writes) statement[name].run(...values);
  db.exec('COMMIT');
}

let acknowledged: [string, string][] = [];
let failed = 0;
let why = '';
let waiting = false;
let tail: Promise<void> = Promise.resolve();

async function order(alert: Alert): Promise<void> {
  const payload = JSON.stringify({
    ...alert,
    secret: '',
    intentId: alert.id,
    type: 'market',
    duration: 'day',
  });
  commit(['intent', alert.id, payload, crypto.randomUUID()], ['decided', alert.id]);
  tail = tail
    .then(() => send(alert, payload))
    .catch((error: unknown) => {
      failed += 1;
      why = String(error);
    });
}

/** One at a time, as the product does. */
async function send(alert: Alert, payload: string): Promise<void> {
  const tag = `bench-${alert.id}`.slice(0, 100);
  commit(['spent', alert.id], ['attempt', alert.id, tag]);
  const { ticker: symbol, action: side, contracts } = alert;
  const form = {
    class: 'equity',
    symbol,
    side,
    quantity: String(contracts),
    type: 'market',
    duration: 'day',
    tag,
  };
  const reply = JSON.parse(await post(new URLSearchParams(form).toString())) as { order?: { id?: number } };
  const id = reply.order?.id;
  if (id === undefined) throw new Error(JSON.stringify(reply));
  commit(['settled', 'ACKED', id, alert.id], ['event', alert.id, payload]);
  acknowledged.push([alert.id, String(process.hrtime.bigint())]);
  if (waiting) tell();
  setImmediate(() => commit(['event', alert.id, payload]));
  setImmediate(() => commit(['event', alert.id, payload]));
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

const server = createServer(async (req, res) => {
  const text = await whole(req);
  const parsed = alertSchema.safeParse(JSON.parse(text));
  const given = Buffer.from(parsed.data?.secret ?? '');
  if (!parsed.success || given.length !== expected.length || !timingSafeEqual(given, expected)) {
    res.writeHead(401).end();
    return;
  }
  commit(['inbox', parsed.data.id, Date.now(), text]);
  res.writeHead(200, { 'content-type': 'application/json' });
  res.end(JSON.stringify({ status: 'accepted', signal: parsed.data.id }));
  setImmediate(() => void order(parsed.data));
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
