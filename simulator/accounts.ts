import type { EpochMs } from '../lib/domain/clock.ts';
import { unauthorizedAccount } from './errors.ts';
import { json } from './http.ts';
import type { Route } from './router.ts';
import { accountList, balancesJson, positionJson, profileJson } from './serializer.ts';
import type { Venue } from './venue.ts';

/** Whose account this simulator keeps. */
export interface AccountIdentity {
  account: string;
  opened: EpochMs;
}

/** Answers for the own account only; anybody else's looks like it does at Tradier. */
export function ownAccount(account: string, handle: Route['handle']): Route['handle'] {
  return (call) => {
    const asked = call.path.account ?? '';
    return asked === account ? handle(call) : unauthorizedAccount(asked);
  };
}

export function accountRoutes(venue: Venue, identity: AccountIdentity): Route[] {
  const { account, opened } = identity;
  return [
    {
      method: 'GET',
      path: '/user/profile',
      category: 'standard',
      handle: () => json(profileJson({ account, type: venue.exchange.balances().type, createdAt: opened })),
    },
    {
      method: 'GET',
      path: '/accounts/:account/balances',
      category: 'standard',
      handle: ownAccount(account, () => json(balancesJson(account, venue.exchange.balances()))),
    },
    {
      method: 'GET',
      path: '/accounts/:account/positions',
      category: 'standard',
      handle: ownAccount(account, () =>
        json(accountList('positions', 'position', venue.exchange.positions().map(positionJson))),
      ),
    },
  ];
}
