import { inputError, TraderError } from '../../domain/errors.ts';
import type { Environment } from '../../domain/portfolio.ts';

/** Where one environment is reached. Source: docs.tradier.com. */
export interface Endpoints {
  /** `https://host[:port]` */
  origin: string;
  /** `/v1`; before every REST path. */
  prefix: string;
  /** `/beta`; before the paths of what Tradier calls a beta. */
  betaPrefix: string;
  /** Path of the clock that the market time is read from. */
  clockPath: string;
  /** False where the environment has no market-data stream. */
  marketStream: boolean;
  /** The known delay of quotes, ms. */
  quoteDelayMs: number;
}

const BASE: Record<Environment, string | null> = {
  simulator: null,
  'tradier-sandbox': 'https://sandbox.tradier.com/v1',
  'tradier-live': 'https://api.tradier.com/v1',
};

/**
 * @param baseUrl REST base with the version, e.g. `http://127.0.0.1:8181/v1`; required for the simulator, and for
 *   Tradier's own environments only for tests. A token travels to it, so it is https unless on this machine.
 */
export function endpointsFor(environment: Environment, baseUrl?: string): Endpoints {
  const base = baseUrl ?? BASE[environment];
  if (base === null) throw inputError('baseUrl', baseUrl, "the simulator's REST address");
  let url: URL;
  try {
    url = new URL(base);
  } catch {
    throw inputError('baseUrl', base, 'an address such as http://127.0.0.1:8181/v1');
  }
  const clear = url.protocol === 'http:';
  if ((!clear && url.protocol !== 'https:') || url.username || url.password || url.search || url.hash) {
    throw inputError('baseUrl', url.origin, 'an http or https address without credentials or query');
  }
  if (clear && environment !== 'simulator' && !isLoopback(url.hostname)) {
    throw inputError('baseUrl', url.origin, 'https, because the access token is sent to it');
  }
  const prefix = url.pathname.replace(/\/+$/, '');
  return {
    origin: url.origin,
    prefix,
    betaPrefix: `${prefix.replace(/\/v\d+$/, '')}/beta`,
    clockPath: environment === 'simulator' ? '/_sim/clock' : `${prefix}/markets/clock`,
    marketStream: environment !== 'tradier-sandbox',
    quoteDelayMs: environment === 'tradier-sandbox' ? 900_000 : 0,
  };
}

/**
 * The WebSocket address for the URL a session reply named. The market session names the HTTP stream even when the
 * WebSocket will be used: `https://stream.tradier.com` is `wss://ws.tradier.com`; elsewhere only the scheme changes.
 * Throws E_STREAM for a host that is neither the REST host nor Tradier's: a session id opens the account's events.
 */
export function streamUrl(named: string, endpoints: Endpoints): URL {
  let url: URL;
  try {
    url = new URL(named);
  } catch {
    throw new TraderError('E_STREAM', 'The broker named a stream address that is not a URL.');
  }
  const scheme = { 'http:': 'ws:', 'https:': 'wss:', 'ws:': 'ws:', 'wss:': 'wss:' }[url.protocol];
  if (scheme === undefined)
    throw new TraderError('E_STREAM', `The broker named a stream over ${url.protocol}`);
  const host = url.host.replace(/^stream\./, 'ws.');
  const tradier = scheme === 'wss:' && /(^|\.)tradier\.com$/.test(url.hostname);
  const local = url.hostname === new URL(endpoints.origin).hostname || isLoopback(url.hostname);
  if (!tradier && !local)
    throw new TraderError('E_STREAM', `The broker named a stream on the foreign host ${url.hostname}`);
  return new URL(`${scheme}//${host}${url.pathname}${url.search}`);
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
