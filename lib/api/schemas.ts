import { z } from 'zod';
import { ALERT_STATUSES, alertTermsSchema, CONDITIONS } from '../alerts/alert.ts';
import { durationSchema, ORDER_ROLES, orderTypeSchema, sideSchema } from '../domain/order.ts';
import { signalSchema } from '../domain/signal.ts';
import { INTERVALS, type Interval } from '../market/bars/intervals.ts';
import { SPELLINGS } from '../market/symbols/names.ts';
import { policySchema } from '../risk/policy.ts';

/** The shapes of what the API answers, for its document. Dollars and shares. */

const dollars = z.number();
const known = dollars.nullable();
const instant = z.number().int().describe('Market time, epoch ms.');
const wallInstant = z.number().int().describe('Wall time, epoch ms.');
const symbol = z.string().describe('As Tradier writes it: BRK/B.');
const ticker = z.string().describe('As TradingView writes it: BRK.B.');
const kind = z.enum(['stock', 'etf', 'index', 'option', 'mutual_fund']);

export const symbolText = z
  .string()
  .min(1)
  .max(40)
  .regex(SPELLINGS, 'a symbol such as AAPL, BRK.B or AAPL240119C00185000')
  .describe('In any spelling: AAPL, BRK.B, NASDAQ:AAPL.');

const NUMBERED = INTERVALS.filter((interval) => /^\d+$/.test(interval)).map(Number);
/** The length of bars; those of minutes also as a number. */
export const intervalText = z
  .union([z.enum(INTERVALS), z.literal(NUMBERED)], `one of ${INTERVALS.join(', ')}`)
  .transform((written) => String(written) as Interval);

export const quoteAnswer = z.object({
  symbol,
  ticker,
  description: z.string(),
  exchange: z.string(),
  kind,
  bid: known,
  ask: known,
  bidSize: z.number(),
  askSize: z.number(),
  last: known,
  lastSize: z.number(),
  volume: z.number().describe('Shares traded in the session so far.'),
  averageVolume: z.number(),
  open: known,
  high: known,
  low: known,
  close: known.describe('null until the session closed.'),
  previousClose: known,
  change: known,
  changePercent: known,
  week52High: known,
  week52Low: known,
  tradeTime: instant,
  bidTime: instant,
  askTime: instant,
  ageMs: z.number().int().describe('Milliseconds since the feed last confirmed this quote.'),
  delayMs: z.number().describe("The feed's known delay."),
  simulated: z.boolean(),
  condition: z.enum(['normal', 'one_sided', 'crossed', 'halted']),
});

export const symbolAnswer = z.object({
  symbol,
  ticker,
  description: z.string(),
  exchange: z.string(),
  exchangeName: z.string(),
  kind,
  tick: z
    .number()
    .describe('The least step of its price from a dollar up; of options orders may want 0.05 or 0.10.'),
  tickBelowDollar: z.number().describe('The same below a dollar.'),
  sector: z.string().nullable().describe('Of a company, where it is known already; a search asks for none.'),
  option: z
    .object({
      underlying: z.string(),
      expiration: z.string(),
      right: z.enum(['call', 'put']),
      strike: dollars,
    })
    .optional(),
});

export const positionAnswer = z.object({
  symbol,
  ticker,
  book: z.string().describe('Whose position it is; external: not ordered through this desk.'),
  quantity: z.number(),
  averagePrice: dollars,
  costBasis: dollars,
  last: known,
  marketValue: known,
  unrealizedPnl: known,
  realizedPnl: dollars,
  weight: z.number().nullable().describe('Part of equity, 0 to 1, to six decimals.'),
});

const dayPnl = z
  .object({ value: dollars, percent: z.number(), baseline: dollars, session: z.string() })
  .nullable()
  .describe("Against the equity at the session's start.");

const exposure = z.object({
  long: dollars,
  short: dollars,
  gross: dollars,
  net: dollars,
  grossPercent: z.number(),
});

const haltState = z.enum(['active', 'reducing', 'halted']);

const externalOrder = z.object({
  id: z.number(),
  parentId: z.number().nullable(),
  symbol: z.string(),
  side: sideSchema,
  remaining: z.number(),
  type: z.string(),
  price: known,
  stop: known,
  duration: z.string(),
  status: z.string(),
});

const positionNote = z.object({
  symbol: z.string(),
  kind: z.enum(['split', 'dividend', 'external']),
  words: z.string(),
  at: instant,
});

const unprotected = z.object({ book: z.string(), symbol: z.string(), cause: z.string() });

export const portfolioAnswer = z.object({
  account: z.string(),
  environment: z.enum(['simulator', 'tradier-sandbox', 'tradier-live']),
  simulated: z.boolean(),
  at: instant,
  cash: dollars,
  buyingPower: dollars,
  reserved: dollars,
  equity: dollars,
  exposure,
  dayPnl,
  unrealizedPnl: dollars,
  realizedPnl: dollars,
  positions: z.array(positionAnswer),
  workingOrders: z.number().int(),
  protection: z
    .object({
      missing: z.array(unprotected),
      seconds: z.array(unprotected.extend({ seconds: z.number() })),
    })
    .describe('Positions without a stop at the broker for all of their shares.'),
  externalOrders: z.array(externalOrder).describe('Given elsewhere, and still working.'),
  notes: z
    .array(positionNote)
    .describe('Changes of positions that no order of this account made, newest first.'),
  haltState,
});

export const riskAnswer = z.object({
  account: z.string(),
  simulated: z.boolean(),
  at: instant,
  haltState,
  policy: policySchema.describe("The account's limits."),
  equity: dollars,
  buyingPower: dollars,
  reserved: dollars,
  exposure,
  dayPnl,
  dailyLoss: z.object({ usedPercent: z.number(), limitPercent: z.number() }),
  largestPosition: z.object({ symbol: z.string(), percent: z.number(), limitPercent: z.number() }).nullable(),
  openPositions: z.object({ count: z.number().int(), limit: z.number() }),
});

export const orderAnswer = z.object({
  id: z.number().nullable().describe("The broker's id, null until it is known."),
  parentId: z.number().nullable().describe('Of the group it is a leg of.'),
  role: z.enum(ORDER_ROLES),
  intentId: z.string(),
  signalKey: z.string(),
  tag: z.string(),
  account: z.string(),
  book: z.string(),
  strategy: z.string(),
  symbol,
  ticker,
  side: sideSchema,
  quantity: z.number(),
  type: orderTypeSchema,
  price: dollars.optional(),
  stop: dollars.optional(),
  duration: durationSchema,
  status: z.string().describe("The broker's word, or sending, not_sent, unknown, absent."),
  execQuantity: z.number(),
  remainingQuantity: z.number(),
  avgFillPrice: known,
  reason: z.string().nullable(),
  createdAt: instant,
  updatedAt: instant,
  simulated: z.boolean(),
});

export const alertAnswer = alertTermsSchema.extend({
  symbol,
  ticker,
  id: z.string(),
  series: z.string().describe('Random, of this making of it; a part of the names of its firings.'),
  owner: z.string().describe("The node whose dialog holds it; '' for alerts made here or by messages."),
  status: z.enum(ALERT_STATUSES),
  createdAt: instant,
  updatedAt: instant,
  firings: z.number().int(),
  firedAt: instant.nullable(),
  firedPrice: known,
  note: z
    .string()
    .describe("What a split changed of it, or that the broker does not know its symbol; '' otherwise."),
  simulated: z.boolean(),
});

export const firingAnswer = z.object({
  id: z.string().describe('Names the firing for ever.'),
  alertId: z.string(),
  owner: z.string(),
  n: z.number().int(),
  symbol,
  ticker,
  condition: z.enum(CONDITIONS),
  at: instant,
  wall: wallInstant.describe('Wall time, epoch ms, at which it was found.'),
  price: dollars,
  measured: z.number().nullable().describe('The figure that was judged, where that is not the price.'),
  direction: z
    .enum(['up', 'down'])
    .nullable()
    .describe('Of a move, a crossing of the MACD, a break of bands.'),
  text: z.string(),
  message: z.string(),
  tags: z.array(z.string()),
  missed: z.boolean().describe('It came true while nobody looked, and bars told of it later.'),
  signal: signalSchema.nullable(),
  simulated: z.boolean(),
});

export const errorAnswer = z.object({
  error: z.object({
    field: z.string().optional(),
    value: z.unknown().optional(),
    expected: z.string().optional(),
    message: z.string(),
  }),
});

const part = z.object({ ok: z.boolean(), detail: z.string() });

export const healthAnswer = z.object({
  status: z.enum(['ok', 'degraded', 'down']),
  at: instant.nullable().describe('Market time, epoch ms; null while it is not known.'),
  timestamp: wallInstant,
  version: z.string(),
  uptime: z.number().describe('Seconds.'),
  account: z.string().nullable(),
  simulated: z.boolean().nullable(),
  tradier_connected: z.boolean(),
  active_connections: z.number().int(),
  parts: z.object({
    broker: part,
    streams: part.extend({ market: z.string(), account: z.string() }),
    journal: part.extend({ haltState }),
    clock: part.extend({ market: instant.nullable(), wall: wallInstant }),
    quotes: part.extend({ symbols: z.number().int(), oldestMs: z.number().int().nullable() }),
    alerts: part,
  }),
  versions: z.record(z.string(), z.string()),
});
