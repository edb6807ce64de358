import type { NodeAPI } from 'node-red';
import { checkMarketToken } from '../../lib/broker/tradier/market-check.ts';
import { systemElapsed, systemWall } from '../../lib/domain/clock.ts';
import { TraderError } from '../../lib/domain/errors.ts';
import { formatNumber } from '../../lib/domain/money.ts';
import { feedRegistry } from '../kit/feeds.ts';
import type { reach } from './open.ts';
import { userDirOf } from './settings.ts';

const SYMBOL = 'SPY';
const ENVIRONMENT = 'tradier-live';

/**
 * Tries the token for market data as it would be used, and says in words what came of it. A token that is in use here
 * opens no second session: that could end its stream. Throws what reading with it throws.
 */
export async function testMarketToken(RED: NodeAPI, token: string, reachAt: typeof reach): Promise<string> {
  if (token === '')
    throw new TraderError('E_BROKER_AUTH', 'Enter the market token: the access token of a live account.');
  const at = await reachAt({ environment: ENVIRONMENT, token, userDir: userDirOf(RED) });
  try {
    const address = { environment: ENVIRONMENT, restUrl: at.restUrl, token: at.token } as const;
    const inUse = feedRegistry().stateOf(address);
    const clock = { elapsed: systemElapsed, wall: systemWall };
    const log = () => undefined;
    const base = at.restUrl === '' ? {} : { baseUrl: at.restUrl };
    const options = { environment: ENVIRONMENT, ...base, token: at.token, clock, log } as const;
    const { host, last, streamHost } = await checkMarketToken(options, {
      symbol: SYMBOL,
      session: inUse === null,
    });
    const price = last === null ? '' : `, ${SYMBOL} ${formatNumber(last, 2, 2)}`;
    const stream =
      inUse === null
        ? `It may open a stream, at ${streamHost}.`
        : `It is in use here already, so no second session was opened: its stream is ${inUse}.`;
    return `The market token works at ${host}${price}. ${stream}`;
  } finally {
    await at.release();
  }
}
