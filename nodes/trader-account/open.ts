import { join } from 'node:path';
import type { NodeAPI } from 'node-red';
import { openAccount } from '../../lib/account.ts';
import type { Broker } from '../../lib/broker/port.ts';
import { TradierBroker } from '../../lib/broker/tradier/broker.ts';
import type { ConnectionOptions } from '../../lib/broker/tradier/connection.ts';
import { TradierMarketClient } from '../../lib/broker/tradier/market-client.ts';
import { type OrderStream, sharedOrderStream } from '../../lib/broker/tradier/order-stream.ts';
import { systemElapsed, systemWall } from '../../lib/domain/clock.ts';
import { TraderError } from '../../lib/domain/errors.ts';
import type { Environment } from '../../lib/domain/portfolio.ts';
import { tradingSession } from '../../lib/market/calendar.ts';
import { BrokerMarketTime } from '../../lib/market/market-clock.ts';
import type { AccountParts, AccountSettings, Opened, Reached } from '../kit/account-view.ts';
import { coded } from '../kit/errors.ts';
import { type BorrowedFeed, feedRegistry } from '../kit/feeds.ts';
import type { TokenAddress } from '../kit/leases.ts';
import { orderStreams } from '../kit/order-streams.ts';
import { simulatorFor } from './simulator.ts';

type Log = (level: 'info' | 'warn' | 'error', message: string) => void;

/** Tradier's client wants some account number even to ask which ones there are. */
const ANY_ACCOUNT = 'any';

/** How accounts are reached and opened for real: the composition of everything below the nodes. */
export function accountParts(RED: NodeAPI, reachAt: typeof reach = reach): AccountParts {
  return {
    reach: reachAt,
    async discover(reached, settings) {
      const { environment } = settings;
      const broker = brokerAt(reached, environment, ANY_ACCOUNT, logOf(RED, environment));
      try {
        const [first] = await broker.profile();
        if (!first) throw new TraderError('E_BROKER_AUTH', 'the access token belongs to no account');
        return first.accountId;
      } finally {
        await broker.close();
      }
    },
    open: (reached, settings, accountId) => open(RED, { reached, reachAt }, settings, accountId),
  };
}

/** Where an environment is: Tradier's own addresses, or the simulator's. */
export async function reach(settings: {
  environment: Environment;
  token: string;
  userDir: string;
}): Promise<Reached> {
  const { environment, token, userDir } = settings;
  if (environment === 'simulator') {
    const simulator = await simulatorFor(userDir);
    return { restUrl: simulator.restUrl, token: token || simulator.token, release: simulator.release };
  }
  if (token === '') throw new TraderError('E_BROKER_AUTH', 'no access token is set', { field: 'token' });
  return { restUrl: '', token, release: () => undefined };
}

export function brokerAt(
  { restUrl, token }: Pick<Reached, 'restUrl' | 'token'>,
  environment: Environment,
  accountId: string,
  log: Log,
  orderStream?: OrderStream,
): Broker {
  const connection = connectionAt({ environment, restUrl, token }, log);
  return new TradierBroker({ ...connection, accountId, ...(orderStream ? { orderStream } : {}) });
}

function connectionAt({ environment, restUrl, token }: TokenAddress, log: Log): ConnectionOptions {
  const clock = { elapsed: systemElapsed, wall: systemWall };
  return { environment, ...(restUrl === '' ? {} : { baseUrl: restUrl }), token, clock, log };
}

async function open(
  RED: NodeAPI,
  { reached, reachAt }: { reached: Reached; reachAt: typeof reach },
  settings: AccountSettings,
  accountId: string,
): Promise<Opened> {
  const { environment, namespace, policy, userDir } = settings;
  const log = logOf(RED, `${environment}:${accountId}`);
  const own = { environment, restUrl: reached.restUrl, token: reached.token };
  const orders = await orderStreams().borrow(own, () =>
    sharedOrderStream(connectionAt(own, logOf(RED, `${environment}:orders`))),
  );
  let broker: Broker | null = null;
  let market: BrokerMarketTime | null = null;
  let feed: BorrowedFeed | null = null;
  try {
    broker = brokerAt(reached, environment, accountId, log, orders.value.stream);
    market = marketTimeOf(broker, log);
    await market.start();
    feed = await feedOf(RED, { reached, reachAt }, settings);
    const account = await openAccount({
      broker,
      marketData: feed.source,
      ownMarketData: settings.feed === null,
      clock: { market, elapsed: systemElapsed, wall: systemWall },
      folder: join(userDir, 'trader-ops', `${environment}-${accountId}`),
      namespace,
      policy,
      log,
    });
    return {
      account,
      close: async () => {
        market?.close();
        await account.close().finally(() => Promise.all([feed?.giveBack(), orders.giveBack()]));
      },
    };
  } catch (error) {
    market?.close();
    await broker?.close();
    await Promise.all([feed?.giveBack(), orders.giveBack()]);
    throw error;
  }
}

function marketTimeOf(broker: Broker, log: Log): BrokerMarketTime {
  return new BrokerMarketTime({
    read: () => broker.marketClock(),
    elapsed: systemElapsed,
    closeAfter: (at) => tradingSession(at)?.close ?? Number.POSITIVE_INFINITY,
    onError: (error) => log('warn', `the broker's clock could not be read: ${coded(error).message}`),
  });
}

/** The account's market data: its own, or another token's, shared with every account that uses the same. */
async function feedOf(
  RED: NodeAPI,
  { reached, reachAt }: { reached: Reached; reachAt: typeof reach },
  { environment, feed, userDir }: AccountSettings,
): Promise<BorrowedFeed> {
  const at = feed === null ? reached : await reachAt({ ...feed, userDir });
  const address = { environment: feed?.environment ?? environment, restUrl: at.restUrl, token: at.token };
  const release = async () => {
    if (at !== reached) await at.release();
  };
  try {
    const borrowed = await feedRegistry().borrow(address, () => marketClient(RED, address));
    return { source: borrowed.source, giveBack: () => borrowed.giveBack().finally(release) };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Reads and nothing else: it has no way to send an order, whatever its token is allowed to do. */
function marketClient(RED: NodeAPI, address: TokenAddress): TradierMarketClient {
  return new TradierMarketClient(connectionAt(address, logOf(RED, `${address.environment}:market data`)));
}

function logOf(RED: NodeAPI, name: string): Log {
  return (level, message) => RED.log[level](`[trader-account:${name}] ${message}`);
}
