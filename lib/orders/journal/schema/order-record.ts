/**
 * Version 1: the record of one account. Half of what must never happen is forbidden here, by the database itself:
 * two live attempts of one intent, a state going backwards, an order while trading is halted or without a spent
 * permit, an order sent by a process that no longer owns the journal.
 */
export const ORDER_RECORD = `
CREATE TABLE epoch (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER NOT NULL, started_at INTEGER NOT NULL) STRICT;
INSERT INTO epoch VALUES (1, 0, 0);

CREATE TABLE latch (
  name TEXT PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('active', 'reducing', 'halted')),
  set_at INTEGER NOT NULL, reason TEXT NOT NULL, set_by TEXT NOT NULL
) STRICT;
INSERT INTO latch VALUES ('trading', 'active', 0, 'a new journal', 'journal');
CREATE TABLE latch_log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL, set_at INTEGER NOT NULL, reason TEXT NOT NULL,
  set_by TEXT NOT NULL
) STRICT;

CREATE TABLE baseline (
  session TEXT PRIMARY KEY, equity INTEGER NOT NULL, at INTEGER NOT NULL, wall INTEGER NOT NULL
) STRICT;

CREATE TABLE inbox (
  signal_key TEXT PRIMARY KEY, source TEXT NOT NULL, sender_id TEXT NOT NULL,
  identity TEXT NOT NULL CHECK (identity IN ('id', 'body')), received_at INTEGER NOT NULL,
  body_digest TEXT NOT NULL, body_redacted TEXT NOT NULL, signal TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('RECEIVED', 'DECIDED', 'STALE')), refusals TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX inbox_by_digest ON inbox (source, body_digest, received_at);
CREATE INDEX inbox_by_sender ON inbox (source, sender_id, received_at);
CREATE INDEX inbox_open ON inbox (source) WHERE state = 'RECEIVED';
CREATE INDEX inbox_by_age ON inbox (received_at);

CREATE TABLE intent (
  intent_id TEXT PRIMARY KEY, signal_key TEXT NOT NULL, leg TEXT NOT NULL, book TEXT NOT NULL,
  strategy TEXT NOT NULL, symbol TEXT NOT NULL, side TEXT NOT NULL, quantity INTEGER NOT NULL CHECK (quantity > 0),
  reduce_only INTEGER NOT NULL, hash TEXT NOT NULL, payload TEXT NOT NULL, decided_with TEXT NOT NULL,
  origin TEXT NOT NULL DEFAULT '{}', created_at INTEGER NOT NULL, decided_wall INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('PREPARED', 'ACTIVE', 'DONE', 'DENIED', 'LAPSED', 'MANUAL')),
  refusals TEXT NOT NULL DEFAULT '[]',
  UNIQUE (signal_key, strategy, leg)
) STRICT;
CREATE INDEX intent_live ON intent (state) WHERE state IN ('PREPARED', 'ACTIVE', 'MANUAL');

CREATE TABLE permit (
  permit_id TEXT PRIMARY KEY, intent_id TEXT NOT NULL UNIQUE REFERENCES intent, intent_hash TEXT NOT NULL,
  epoch INTEGER NOT NULL, issued_wall INTEGER NOT NULL, expires_elapsed REAL NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ISSUED', 'SPENT', 'EXPIRED', 'VOID'))
) STRICT;

CREATE TABLE reservation (
  intent_id TEXT PRIMARY KEY REFERENCES intent, symbol TEXT NOT NULL, side TEXT NOT NULL, book TEXT NOT NULL,
  quantity INTEGER NOT NULL, amount INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('HELD', 'RELEASED'))
) STRICT;
CREATE INDEX reservation_held ON reservation (state) WHERE state = 'HELD';

CREATE TABLE attempt (
  intent_id TEXT NOT NULL REFERENCES intent, n INTEGER NOT NULL, tag TEXT NOT NULL UNIQUE, epoch INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('SENDING', 'ACKED', 'REJECTED', 'NOT_SENT', 'UNKNOWN', 'ABSENT', 'MANUAL')),
  sent_wall INTEGER NOT NULL, sent_market INTEGER NOT NULL, session TEXT NOT NULL, outcome TEXT NOT NULL DEFAULT '',
  order_id INTEGER, external_before REAL, PRIMARY KEY (intent_id, n)
) STRICT;
CREATE UNIQUE INDEX one_live_attempt ON attempt (intent_id) WHERE state IN ('SENDING', 'UNKNOWN', 'ACKED');
CREATE INDEX attempt_open ON attempt (state) WHERE state IN ('SENDING', 'UNKNOWN', 'MANUAL');

CREATE TABLE broker_order (
  order_id INTEGER PRIMARY KEY, intent_id TEXT NOT NULL REFERENCES intent, parent_id INTEGER,
  role TEXT NOT NULL DEFAULT 'main', tag TEXT NOT NULL, status TEXT NOT NULL, quantity REAL NOT NULL,
  cum_qty REAL NOT NULL, remaining REAL NOT NULL, avg_px REAL, reason TEXT, created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL, seen_wall INTEGER NOT NULL, closed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX broker_order_working ON broker_order (closed) WHERE closed = 0;
CREATE INDEX broker_order_by_intent ON broker_order (intent_id);

CREATE TABLE fill (
  order_id INTEGER NOT NULL REFERENCES broker_order, cum_qty REAL NOT NULL, quantity REAL NOT NULL CHECK (quantity > 0),
  price REAL NOT NULL CHECK (price > 0), symbol TEXT NOT NULL, side TEXT NOT NULL, book TEXT NOT NULL,
  at INTEGER NOT NULL, PRIMARY KEY (order_id, cum_qty)
) STRICT;

CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL UNIQUE, intent_id TEXT NOT NULL, body TEXT NOT NULL,
  published INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_pending ON outbox (seq) WHERE published = 0;

CREATE TABLE recon (
  run_id INTEGER PRIMARY KEY AUTOINCREMENT, finished INTEGER NOT NULL,
  witness_ok INTEGER NOT NULL, orders INTEGER NOT NULL, note TEXT NOT NULL
) STRICT;

CREATE TRIGGER attempt_moves BEFORE UPDATE OF state ON attempt
WHEN OLD.state <> NEW.state AND NOT (
  (OLD.state = 'SENDING' AND NEW.state IN ('ACKED', 'REJECTED', 'NOT_SENT', 'UNKNOWN')) OR
  (OLD.state = 'UNKNOWN' AND NEW.state IN ('ACKED', 'REJECTED', 'ABSENT', 'MANUAL')) OR
  (OLD.state = 'MANUAL' AND NEW.state IN ('ACKED', 'ABSENT')) OR
  (OLD.state = 'ABSENT' AND NEW.state = 'ACKED'))
BEGIN SELECT RAISE(ABORT, 'attempt: forbidden change of state'); END;

CREATE TRIGGER intent_moves BEFORE UPDATE OF state ON intent
WHEN OLD.state <> NEW.state AND NOT (
  (OLD.state = 'PREPARED' AND NEW.state IN ('ACTIVE', 'DENIED', 'LAPSED')) OR
  (OLD.state = 'ACTIVE' AND NEW.state IN ('DONE', 'DENIED', 'LAPSED', 'MANUAL')) OR
  (OLD.state = 'MANUAL' AND NEW.state IN ('ACTIVE', 'DONE', 'LAPSED')) OR
  (OLD.state = 'DENIED' AND NEW.state = 'PREPARED') OR
  (OLD.state = 'LAPSED' AND NEW.state IN ('PREPARED', 'ACTIVE', 'DENIED')))
BEGIN SELECT RAISE(ABORT, 'intent: forbidden change of state'); END;

CREATE TRIGGER permit_moves BEFORE UPDATE OF state ON permit
WHEN OLD.state <> NEW.state AND NOT (
  (OLD.state = 'ISSUED') OR (OLD.state IN ('EXPIRED', 'VOID') AND NEW.state = 'ISSUED'))
BEGIN SELECT RAISE(ABORT, 'permit: forbidden change of state'); END;

CREATE TRIGGER attempt_needs_epoch BEFORE INSERT ON attempt
WHEN NEW.epoch <> (SELECT n FROM epoch)
BEGIN SELECT RAISE(ABORT, 'attempt: written by a process that no longer owns the journal'); END;

CREATE TRIGGER attempt_needs_permit BEFORE INSERT ON attempt
WHEN NOT EXISTS (SELECT 1 FROM permit WHERE intent_id = NEW.intent_id AND state = 'SPENT')
BEGIN SELECT RAISE(ABORT, 'attempt: no spent permit'); END;

CREATE TRIGGER attempt_needs_open_latch BEFORE INSERT ON attempt
WHEN (SELECT state FROM latch WHERE name = 'trading') = 'halted' OR (
  (SELECT state FROM latch WHERE name = 'trading') = 'reducing' AND
  (SELECT reduce_only FROM intent WHERE intent_id = NEW.intent_id) = 0)
BEGIN SELECT RAISE(ABORT, 'halted'); END;

CREATE TRIGGER fills_only_grow BEFORE UPDATE OF cum_qty ON broker_order WHEN NEW.cum_qty < OLD.cum_qty
BEGIN SELECT RAISE(ABORT, 'broker_order: executed quantity cannot shrink'); END;

CREATE TRIGGER spent_is_spent BEFORE UPDATE OF permit_id ON permit WHEN OLD.state IN ('ISSUED', 'SPENT')
BEGIN SELECT RAISE(ABORT, 'permit: a permit in force is not replaced'); END;
`;
