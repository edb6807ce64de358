import { CONDITIONS } from '../../lib/alerts/alert.ts';
import { inputError } from '../../lib/domain/errors.ts';
import { INTERVALS } from '../../lib/market/bars/intervals.ts';
import { choice, number, optionalNumber, type RawConfig, text } from '../kit/config.ts';

export interface Config {
  /** The alert of the dialog, without its expiry; null for all alerts made by the API and by messages. */
  terms: Record<string, unknown> | null;
  /** Epoch ms in market time; null for never. */
  expiresAt: number | null;
}

const ACTIONS = ['none', 'buy', 'sell', 'short', 'cover', 'close'] as const;

/** Reads the dialog; what a condition does not use may be left empty. Throws E_INPUT naming the field. */
export function parse(raw: RawConfig): Config {
  if (choice(raw, 'source', ['own', 'api'] as const, 'own') === 'api')
    return { terms: null, expiresAt: null };
  const action = choice(raw, 'action', ACTIONS, 'none');
  const quantity = optionalNumber(raw, 'quantity');
  const value = optionalNumber(raw, 'value');
  const length = optionalNumber(raw, 'length');
  return {
    terms: {
      symbol: text(raw, 'symbol'),
      condition: choice(raw, 'condition', CONDITIONS, 'price_cross_above'),
      ...(value === undefined ? {} : { value }),
      ...(length === undefined ? {} : { length }),
      direction: choice(raw, 'direction', ['any', 'up', 'down'] as const, 'any'),
      windowMinutes: number(raw, 'windowMinutes', 5, { min: 1, max: 1_440, whole: true }),
      interval: choice(raw, 'interval', INTERVALS, '5'),
      repeat: choice(raw, 'repeat', ['once', 'every'] as const, 'once'),
      message: text(raw, 'message').slice(0, 500),
      signal:
        action === 'none'
          ? null
          : {
              action,
              ...(quantity === undefined ? {} : { quantity }),
              book: text(raw, 'book', 'price-alert'),
            },
    },
    expiresAt: readExpiry(text(raw, 'expires')),
  };
}

/** `2026-12-31`, the end of that day in New York, or an instant in ISO 8601. */
function readExpiry(written: string): number | null {
  if (written === '') return null;
  const day = /^\d{4}-\d{2}-\d{2}$/.test(written);
  const at = Date.parse(day ? `${written}T23:59:59-05:00` : written);
  if (Number.isNaN(at)) throw inputError('expires', written, 'a date such as 2026-12-31');
  return at;
}
