import type { Endpoint } from '../endpoint.ts';
import { alertEndpoints } from './alerts.ts';
import { healthEndpoint } from './health.ts';
import { marketEndpoints } from './market.ts';
import { portfolioEndpoints } from './portfolio.ts';

/** Everything the API answers, in the order of its document. */
export const ENDPOINTS: readonly Endpoint[] = [
  healthEndpoint,
  ...marketEndpoints,
  ...portfolioEndpoints,
  ...alertEndpoints,
];
