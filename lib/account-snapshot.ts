import type { AccountParts } from './account-parts.ts';
import { TraderError } from './domain/errors.ts';
import type { Environment, HaltState, PortfolioSnapshot } from './domain/portfolio.ts';
import { portfolioSnapshot } from './portfolio/snapshot.ts';

/** Explained changes of positions that a snapshot tells. */
const NOTES = 20;

/** The account as a flow sees it, as it is at this instant. Throws E_BROKER before the first reading. */
export function accountSnapshot(
  parts: AccountParts,
  { key, environment }: { key: string; environment: Environment },
  haltState: HaltState,
): PortfolioSnapshot {
  const { holdings, ledger, quotes, exposure, journal, protection, clock } = parts;
  const { balances } = holdings;
  if (!balances) throw new TraderError('E_BROKER', 'the account was not read yet');
  const session = parts.situation.session();
  return portfolioSnapshot({
    protection: protection.report(),
    account: key,
    environment,
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
    haltState,
  });
}
