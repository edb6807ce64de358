/**
 * Version 2: orders with legs, what protects each position, how a protected position is closed, the positions wanted by
 * targets, and what changed positions without an order.
 */
export const BRACKETS_AND_BOOKS = `
-- What was transmitted; NULL quantity: the intent's own, of version 1.
ALTER TABLE attempt ADD COLUMN quantity INTEGER;
ALTER TABLE attempt ADD COLUMN request TEXT NOT NULL DEFAULT '';

-- NULL: as the intent says.
ALTER TABLE broker_order ADD COLUMN side TEXT;
ALTER TABLE broker_order ADD COLUMN type TEXT;
ALTER TABLE broker_order ADD COLUMN price REAL;
ALTER TABLE broker_order ADD COLUMN stop REAL;
ALTER TABLE broker_order ADD COLUMN duration TEXT;
CREATE INDEX broker_order_by_parent ON broker_order (parent_id) WHERE parent_id IS NOT NULL;

-- What a book wants at the broker while it holds the symbol. One row for a position; the newest entry's terms stand.
CREATE TABLE protection (
  book TEXT NOT NULL, symbol TEXT NOT NULL, intent_id TEXT NOT NULL REFERENCES intent,
  stop REAL, stop_limit REAL, take_profit REAL, trail REAL,
  -- The best price seen since the entry, which the trail follows.
  best REAL, duration TEXT NOT NULL CHECK (duration IN ('day', 'gtc')),
  -- Numbers the orders that replace lost legs, so that each has an id of its own.
  renewals INTEGER NOT NULL DEFAULT 0, set_wall INTEGER NOT NULL,
  PRIMARY KEY (book, symbol)
) STRICT;

-- Seconds of market time in which a position stood without a stop for all of it, by cause.
CREATE TABLE unprotected (
  book TEXT NOT NULL, symbol TEXT NOT NULL, cause TEXT NOT NULL, seconds REAL NOT NULL,
  PRIMARY KEY (book, symbol, cause)
) STRICT;

-- The exit of a protected position: cancel its legs, prove them terminal, send what is still held.
CREATE TABLE closing (
  intent_id TEXT PRIMARY KEY REFERENCES intent, book TEXT NOT NULL, symbol TEXT NOT NULL, begun_wall INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('CANCELING', 'SENT', 'DONE', 'GIVEN_UP')), reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX closing_open ON closing (state) WHERE state IN ('CANCELING', 'SENT');
CREATE TRIGGER closing_moves BEFORE UPDATE OF state ON closing
WHEN OLD.state <> NEW.state AND NOT (
  (OLD.state = 'CANCELING') OR (OLD.state = 'SENT' AND NEW.state = 'DONE'))
BEGIN SELECT RAISE(ABORT, 'closing: forbidden change of state'); END;

-- Positions wanted of a symbol by a book. The newest stands; what was wanted before is kept, because of alerts of the
-- same second only all together tell their order.
CREATE TABLE target (
  signal_key TEXT PRIMARY KEY, book TEXT NOT NULL, symbol TEXT NOT NULL, signal TEXT NOT NULL, quantity REAL NOT NULL,
  fired_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
  -- What the book held when the target came.
  held REAL NOT NULL,
  node_id TEXT NOT NULL DEFAULT '', pass_through TEXT NOT NULL DEFAULT '{}',
  -- 1: it had to wait for other orders, so the account, not the sender's message, carries it on.
  waited INTEGER NOT NULL DEFAULT 0, rounds INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN ('OPEN', 'SUPERSEDED', 'REACHED', 'GIVEN_UP')), reason TEXT NOT NULL DEFAULT '',
  -- 0: its node has yet to say how it ended.
  told INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX target_stands ON target (book, symbol) WHERE state = 'OPEN';
CREATE INDEX target_by_time ON target (book, symbol, fired_at);

-- What changed positions although nobody ordered it, and how it was explained.
CREATE TABLE adjustment (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, symbol TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('split', 'dividend', 'external')),
  -- Of a split: new shares for old ones, the fraction of the books' shares that was paid out and at what price.
  new_shares INTEGER, old_shares INTEGER, paid_out REAL NOT NULL DEFAULT 0, price REAL,
  -- The row of the last fill in old shares: a split stands between the fills before and after it.
  after_fill INTEGER NOT NULL,
  -- The whole account's.
  quantity_before REAL NOT NULL, quantity_after REAL NOT NULL,
  at INTEGER NOT NULL, wall INTEGER NOT NULL, words TEXT NOT NULL,
  CHECK (kind <> 'split' OR (new_shares > 0 AND old_shares > 0))
) STRICT;
CREATE INDEX adjustment_of_books ON adjustment (after_fill) WHERE kind = 'split';

-- Each position as it was when all of it was last explained: by the books' fills up to after_fill, and as external.
CREATE TABLE position_seen (
  symbol TEXT PRIMARY KEY, quantity REAL NOT NULL, cost REAL NOT NULL, price REAL, at INTEGER NOT NULL,
  after_fill INTEGER NOT NULL
) STRICT;
`;
