import type { AccountParts } from './account-parts.ts';
import { TraderError } from './domain/errors.ts';
import type { PortfolioSnapshot } from './domain/portfolio.ts';
import { portfolioSnapshot } from './portfolio/snapshot.ts';

type About = Pick<PortfolioSnapshot, 'account' | 'environment' | 'haltState'>;

/** Explained changes of positions that a snapshot tells. */
const NOTES = 20;

/** The portfolio of an account from what its parts know now. Throws E_BROKER before the account was read. */
export function accountSnapshot(parts: AccountParts, about: About): PortfolioSnapshot {
  const { holdings, ledger, quotes, exposure, journal, clock, protection } = parts;
  const { balances } = holdings;
  if (!balances) throw new TraderError('E_BROKER', 'the account was not read yet');
  const session = parts.situation.session();
  return portfolioSnapshot({
    ...about,
    protection: protection.report(),
    at: clock.market.now(),
    balances,
    positions: [...holdings.positions],
    ledger,
    external: (symbol) => holdings.external(symbol) ?? 0,
    quotes: (symbol) => quotes.peek(symbol)?.quote ?? null,
    baseline: journal.baselines.find(session),
    session,
    reserved: exposure.reserved(holdings.asked, clock.elapsed.now()),
    externalOrders: exposure.external(),
    notes: journal.adjustments.notes(NOTES),
    workingOrders: journal.orders.working().filter(({ role }) => role !== 'group').length,
  });
}
