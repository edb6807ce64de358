import { CONDITIONS } from '../../lib/alerts/alert.ts';
import { readExpiry } from '../../lib/alerts/expiry.ts';
import { USES } from '../../lib/alerts/terms.ts';
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
  const expires = text(raw, 'expires');
  const condition = choice(raw, 'condition', CONDITIONS, 'price_cross_above');
  const figures = {
    value: optionalNumber(raw, 'value'),
    length: optionalNumber(raw, 'length'),
    direction: choice(raw, 'direction', ['any', 'up', 'down'] as const, 'any'),
    windowMinutes: number(raw, 'windowMinutes', 5, { min: 1, max: 1_440, whole: true }),
    interval: choice(raw, 'interval', INTERVALS, '5'),
  };
  // The dialog keeps what it hides.
  const used = Object.entries(figures).filter(([name]) =>
    (USES[condition] as readonly string[]).includes(name),
  );
  return {
    terms: {
      symbol: text(raw, 'symbol'),
      condition,
      ...Object.fromEntries(used),
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
    expiresAt: expires === '' ? null : readExpiry(expires, 'expires'),
  };
}
