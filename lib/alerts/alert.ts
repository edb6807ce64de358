import { z } from 'zod';
import type { EpochMs } from '../domain/clock.ts';
import { actionSchema, type Signal } from '../domain/signal.ts';
import { INTERVALS } from '../market/bars/intervals.ts';

/** `price_…`, `percent_move`: judged on each quote. All others: on each closed bar. */
export const CONDITIONS = [
  'price_above',
  'price_below',
  'price_cross_above',
  'price_cross_below',
  'percent_move',
  'volume_above',
  'volume_below',
  'rsi_overbought',
  'rsi_oversold',
  'macd_signal',
  'bollinger_break',
] as const;
export type Condition = (typeof CONDITIONS)[number];

const finite = z.number().refine(Number.isFinite, 'a finite number');
const positive = finite.refine((n) => n > 0, 'a number above 0');
const period = z.number().int().min(2).max(200);

/** What an alert may want done when it fires. */
export const alertSignalSchema = z.strictObject({
  action: actionSchema,
  quantity: positive.optional().describe('Shares, for buy, sell, short and cover; at most a billion.'),
  target: finite
    .optional()
    .describe('The signed position wanted, for target; at most a billion shares either way.'),
  book: z.string().trim().min(1).max(64).default('price-alert'),
  strategy: z.string().trim().min(1).max(64).optional(),
});
export type AlertSignal = z.infer<typeof alertSignalSchema>;

const TICKER = /^[A-Z0-9:./-]{1,32}$/;

/** What an alert looks for, and what it says and wants. What its condition does not use is as when it is left out. */
export const alertTermsSchema = z.strictObject({
  symbol: z.string().trim().toUpperCase().regex(TICKER, 'a symbol such as AAPL or BRK.B'),
  condition: z.enum(CONDITIONS),
  value: positive
    .optional()
    .describe(
      'Dollars for price_… (0.0001 to 10,000,000), shares for volume_… (1 to 10,000,000,000,000), a level for rsi_… ' +
        '(0.01 to 99.99; 70 and 30), percent for percent_move (0.01 to 100).',
    ),
  direction: z
    .enum(['up', 'down', 'any'])
    .default('any')
    .describe('For percent_move, macd_signal and bollinger_break.'),
  windowMinutes: z
    .number()
    .int()
    .min(1)
    .max(1_440)
    .default(5)
    .describe('For percent_move: minutes of trading.'),
  interval: z
    .enum(INTERVALS)
    .default('5')
    .describe('The bars of volume_…, rsi_…, macd_signal, bollinger_break.'),
  length: period.optional().describe('Bars: 14 for rsi_…, 20 for bollinger_break.'),
  deviations: positive
    .refine((n) => n <= 10, 'at most 10')
    .default(2)
    .describe('For bollinger_break.'),
  fast: period.default(12).describe('For macd_signal.'),
  slow: period.default(26).describe('For macd_signal.'),
  smooth: period.default(9).describe('For macd_signal: the length of its signal line.'),
  repeat: z
    .enum(['once', 'every'])
    .default('once')
    .describe('every: again each time it comes true after it was not.'),
  expiresAt: z
    .number()
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe('Epoch ms in market time; null for never.'),
  message: z.string().max(500).default(''),
  tags: z.array(z.string().trim().min(1).max(40)).max(20).default([]),
  signal: alertSignalSchema.nullable().default(null).describe('What is to be done, through sizing and risk.'),
});
export type AlertTerms = z.infer<typeof alertTermsSchema>;

/** The same as a person or a program may write it: an expiry in words, the minutes of a bar as a number. */
export const writtenTermsSchema = alertTermsSchema.extend({
  interval: z
    .union([z.enum(INTERVALS), z.number()], { error: `one of ${INTERVALS.join(', ')}` })
    .default('5')
    .describe('The bars of volume_…, rsi_…, macd_signal, bollinger_break; minutes also as a number.'),
  expiresAt: z
    .union([z.number().int().positive(), z.string().min(1).max(40)], {
      error: 'epoch ms, or ISO 8601 such as 2026-12-31T16:00',
    })
    .nullable()
    .default(null)
    .describe(
      "When it is over, in the market's time, which on a simulated market is not yours: epoch ms, or ISO 8601. " +
        'Without a zone it is New York; a date alone is its end. null for never.',
    ),
});

export const ALERT_STATUSES = ['active', 'paused', 'triggered', 'expired'] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

export interface PriceAlert extends AlertTerms {
  id: string;
  /** Random, made with it: an alert that is made anew under an old id is another one. '' before there was such a thing. */
  series: string;
  /** The node whose dialog holds it; '' for alerts made by the API or by messages. */
  owner: string;
  status: AlertStatus;
  /** Market time. */
  createdAt: EpochMs;
  updatedAt: EpochMs;
  /** How often it fired. */
  firings: number;
  firedAt: EpochMs | null;
  firedPrice: number | null;
  /** What the market, not a person, changed of it, and why; one sentence, or ''. */
  note: string;
}

/** How far an alert has judged: what a restart must know so that nothing is missed and nothing fires twice. */
export interface Progress {
  /** Where the market stood at the last look; '' before the first. */
  side: string;
  /** For quotes the instant of the last sure look, for bars the open of the last judged bar; market time. */
  seenAt: EpochMs | null;
  /** The shares were split then: what is older is told in other shares. */
  splitAt?: EpochMs;
  /** The last price of regular hours it judged. What the broker says of that day later tells a split. */
  last?: Seen;
  /** It was carried over a split that prices told of; a position may tell of the same one later. */
  carriedAt?: EpochMs;
}

/** A price in regular hours, and when it was traded; market time. */
export interface Seen {
  price: number;
  at: EpochMs;
}

/** One time an alert came true. */
export interface Firing {
  /** Names the firing for ever, also when its alert is removed and made anew. */
  id: string;
  alertId: string;
  owner: string;
  /** 1 for the first of its alert. */
  n: number;
  symbol: string;
  condition: Condition;
  /** Market time: when it came true, or the end of the bar that proves it. */
  at: EpochMs;
  /** Wall time at which it was found. */
  wall: EpochMs;
  price: number;
  /**
   * The figure that was judged, where that is not the price: percent moved, the shares of a bar, the RSI, how far the MACD
   * is from its signal line, the Bollinger band that was left. null for prices.
   */
  measured: number | null;
  /** Which way a move, a crossing of the MACD or a break of the bands went; null for all else. */
  direction: 'up' | 'down' | null;
  /** True when the market it looked at is a simulated one; its text says so, too. */
  simulated: boolean;
  /** One sentence: the message, or else the condition and what was measured; and the price. */
  text: string;
  message: string;
  tags: string[];
  /** True when it came true while nobody looked, and bars told of it later. */
  missed: boolean;
  /** null when none is wanted, or when it was found too late to act on. */
  signal: Signal | null;
}

export function onQuotes(condition: Condition): boolean {
  return condition.startsWith('price_') || condition === 'percent_move';
}
