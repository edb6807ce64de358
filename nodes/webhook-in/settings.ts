import { type AddressList, addressList, TRADINGVIEW_ADDRESSES } from '../../lib/webhook/addresses.ts';
import { RATE_DEFAULTS } from '../../lib/webhook/rate-limit.ts';
import { choice, flag, type Migration, number, type RawConfig, text } from '../kit/config.ts';
import { plainPath } from '../kit/routes.ts';

export interface Config {
  path: string;
  book: string;
  /** Whether these alerts may open short positions. */
  mayShort: boolean;
  maxAgeMs: number;
  /** Whether the secret may stand at the end of the address. */
  pathToken: boolean;
  /** Whose alerts are taken; null is anybody's. */
  sources: AddressList | null;
  /** Proxies of our own in front of us. */
  proxyHops: number;
  /** Alerts of one address and strategy in `rateWindowMs`; 0 is any number. */
  rateAlerts: number;
  rateWindowMs: number;
}

const DEFAULTS = {
  pathToken: false,
  sources: 'any',
  sourceList: '',
  proxyHops: 0,
  rateAlerts: RATE_DEFAULTS.alerts,
  rateWindow: RATE_DEFAULTS.windowMs / 1_000,
} as const;

/** Version 2 knows where alerts may come from and how many; what was there before keeps taking them from anywhere. */
export const migrations: readonly Migration[] = [{ to: 2, up: (config) => ({ ...DEFAULTS, ...config }) }];

/** Reads the settings; throws E_INPUT naming the field. */
export function parse(raw: RawConfig): Config {
  return {
    path: plainPath(text(raw, 'path', '/webhook/tradingview')),
    book: text(raw, 'book', 'tradingview').slice(0, 64),
    mayShort: flag(raw, 'mayShort', false),
    maxAgeMs: number(raw, 'maxAge', 30, { min: 1, max: 3_600 }) * 1_000,
    pathToken: flag(raw, 'pathToken', DEFAULTS.pathToken),
    sources: sourcesOf(raw),
    proxyHops: number(raw, 'proxyHops', DEFAULTS.proxyHops, { min: 0, max: 3, whole: true }),
    rateAlerts: number(raw, 'rateAlerts', DEFAULTS.rateAlerts, { min: 0, max: 10_000, whole: true }),
    rateWindowMs: number(raw, 'rateWindow', DEFAULTS.rateWindow, { min: 1, max: 3_600 }) * 1_000,
  };
}

function sourcesOf(raw: RawConfig): AddressList | null {
  const sources = choice(raw, 'sources', ['any', 'tradingview', 'custom'], DEFAULTS.sources);
  if (sources === 'any') return null;
  return addressList(sources === 'tradingview' ? TRADINGVIEW_ADDRESSES.join(' ') : text(raw, 'sourceList'));
}
