import type { NodeAPI } from 'node-red';
import { systemElapsed } from '../../lib/domain/clock.ts';
import { TraderError } from '../../lib/domain/errors.ts';
import type { Environment } from '../../lib/domain/portfolio.ts';
import { coded } from '../kit/errors.ts';
import { brokerAt, reach } from './open.ts';
import { ENVIRONMENTS, userDirOf } from './settings.ts';
import { testMarketToken } from './test-market.ts';

export interface Typed {
  environment: unknown;
  accountId: unknown;
  token: string;
  /** `own`, `other` or `token`. */
  marketFrom: unknown;
  marketToken: string;
}

type Field = 'environment' | 'accountId' | 'token' | 'marketToken';

export type TestResult =
  | {
      ok: true;
      accounts: string[];
      type: string;
      equity: number;
      cash: number;
      clock: { now: number; description: string };
      simulated: boolean;
      /** What came of the market token; null without one. */
      market: string | null;
    }
  | { ok: false; field: Field; code: string; message: string };

const PATIENCE_MS = 10_000;

/** Asks the broker with the values typed in the dialog, which nobody deployed yet. No token is ever answered back. */
export async function testAccount(
  RED: NodeAPI,
  typed: Typed,
  reachAt: typeof reach = reach,
): Promise<TestResult> {
  const environment = ENVIRONMENTS.find((word) => word === typed.environment);
  if (!environment) {
    return failed('environment', 'E_INPUT', `expected one of ${ENVIRONMENTS.join(', ')}`);
  }
  const accountId = typeof typed.accountId === 'string' ? typed.accountId.trim() : '';
  if (environment !== 'simulator' && typed.token === '') {
    return failed('token', 'E_BROKER_AUTH', 'Enter the access token from Tradier: Settings, API Access.');
  }
  const account = await timely(
    () => ask(RED, environment, accountId, typed.token, reachAt),
    (code, message) =>
      failed(code === 'E_BROKER_AUTH' ? 'token' : 'environment', code, hide(message, typed.token)),
  );
  if (!account.ok || typed.marketFrom !== 'token' || environment === 'simulator') return account;
  return timely(
    async () => ({ ...account, market: await testMarketToken(RED, typed.marketToken, reachAt) }),
    (code, message) => {
      const live = code === 'E_BROKER_AUTH' ? ' It must be the access token of a live account.' : '';
      const said = `The account answers, but its market token does not work. ${message}${live}`;
      return failed('marketToken', code, hide(hide(said, typed.marketToken), typed.token));
    },
  );
}

/** What `work` answers, or what `otherwise` makes of its error or of its silence. */
async function timely(
  work: () => Promise<TestResult>,
  otherwise: (code: string, message: string) => TestResult,
): Promise<TestResult> {
  const patience = new AbortController();
  try {
    return await Promise.race([work(), tooLate(patience.signal)]);
  } catch (error) {
    const { code, message } = coded(error);
    return otherwise(code, message);
  } finally {
    patience.abort(new Error('answered'));
  }
}

async function ask(
  RED: NodeAPI,
  environment: Environment,
  accountId: string,
  token: string,
  reachAt: typeof reach,
): Promise<TestResult> {
  const reached = await reachAt({ environment, token, userDir: userDirOf(RED) });
  try {
    const accounts = await withBroker(reached, environment, 'any', (broker) => broker.profile());
    const names = accounts.map((one) => one.accountId);
    const chosen = accounts.find((one) => accountId === '' || one.accountId === accountId);
    if (!chosen) {
      return failed(
        'accountId',
        'E_BROKER_AUTH',
        `The token is for ${names.join(', ') || 'no account'}, not for ${accountId}.`,
      );
    }
    const { balances, clock } = await withBroker(reached, environment, chosen.accountId, async (broker) => ({
      balances: await broker.balances(),
      clock: await broker.marketClock(),
    }));
    return {
      ok: true,
      accounts: names,
      type: balances.type,
      equity: balances.totalEquity,
      cash: balances.totalCash,
      clock: { now: clock.now, description: `Market time ${newYork(clock.now)}` },
      simulated: environment === 'simulator',
      market: null,
    };
  } finally {
    await reached.release();
  }
}

type Reached = Parameters<typeof brokerAt>[0];
type Broker = ReturnType<typeof brokerAt>;

async function withBroker<T>(
  reached: Reached,
  environment: Environment,
  accountId: string,
  use: (broker: Broker) => Promise<T>,
): Promise<T> {
  const broker = brokerAt(reached, environment, accountId, () => undefined);
  try {
    return await use(broker);
  } finally {
    await broker.close();
  }
}

async function tooLate(signal: AbortSignal): Promise<never> {
  await systemElapsed.sleep(PATIENCE_MS, signal);
  throw new TraderError('E_BROKER_UNREACHABLE', `No answer within ${PATIENCE_MS / 1_000} s.`);
}

function failed(field: Field, code: string, message: string): TestResult {
  return { ok: false, field, code, message };
}

function hide(message: string, token: string): string {
  return token.length >= 4 ? message.replaceAll(token, '•••') : message;
}

function newYork(at: number): string {
  const options = { timeZone: 'America/New_York', dateStyle: 'medium', timeStyle: 'short' } as const;
  return `${new Intl.DateTimeFormat('en-US', options).format(at)}, New York`;
}
