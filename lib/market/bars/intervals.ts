import { inputError } from '../../domain/errors.ts';

/** The lengths of bars, as TradingView writes them: minutes, or day, week, month. */
export const INTERVALS = ['1', '3', '5', '10', '15', '30', '60', '120', '240', 'D', 'W', 'M'] as const;
export type Interval = (typeof INTERVALS)[number];

/** What is read from the broker and kept; every other interval is made of these. */
export const TIERS = ['1', '5', '15', 'D'] as const;
export type Tier = (typeof TIERS)[number];

/** How many minutes a bar lasts; null for day, week and month. */
export function minutesOf(interval: Interval): number | null {
  return interval === 'D' || interval === 'W' || interval === 'M' ? null : Number(interval);
}

/** The coarsest tier this interval is made of exactly. */
export function tierOf(interval: Interval): Tier {
  const minutes = minutesOf(interval);
  if (minutes === null) return 'D';
  if (minutes % 15 === 0) return '15';
  return minutes % 5 === 0 ? '5' : '1';
}

/** `1D`, `1W` and `1M` are the same as `D`, `W` and `M`. Throws E_INPUT for any other text. */
export function readInterval(text: unknown, field = 'interval'): Interval {
  const name = typeof text === 'number' ? String(text) : text;
  const plain =
    typeof name === 'string'
      ? name
          .trim()
          .toUpperCase()
          .replace(/^1(?=[DWM]$)/, '')
      : '';
  const found = INTERVALS.find((interval) => interval === plain);
  if (found === undefined) throw inputError(field, text, `one of ${INTERVALS.join(', ')}`);
  return found;
}
