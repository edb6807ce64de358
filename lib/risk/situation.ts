import type { Clock } from '../domain/clock.ts';
import type { OrderIntent } from '../domain/order.ts';
import type { QuoteBook } from '../market/quote-book.ts';
import type { MarketCalendar } from '../market/trading-calendar.ts';
import { coverage } from '../orders/coverage.ts';
import type { Exposure } from '../orders/exposure.ts';
import type { Journal } from '../orders/journal/journal.ts';
import { isProtective } from '../orders/roles.ts';
import type { Holdings } from '../portfolio/holdings.ts';
import type { Ledger } from '../portfolio/ledger.ts';
import type { RiskContext } from './context.ts';

export interface SituationParts {
  journal: Journal;
  exposure: Exposure;
  holdings: Holdings;
  ledger: Ledger;
  quotes: QuoteBook;
  /** The broker's days; one that nobody knows is closed. */
  calendar: Pick<MarketCalendar, 'state'>;
  clock: Clock;
  quoteDelayMs: number;
  live: boolean;
  session: () => string;
}

/** Everything the rules may look at, as it is at this instant. What is not known is null. */
export function situation(
  parts: SituationParts,
  intent: OrderIntent,
  sinceSimilarMs: number | null,
): RiskContext {
  const { journal, exposure, holdings, ledger, clock } = parts;
  const now = clock.elapsed.now();
  const { symbol, book, intentId } = intent;
  const external = holdings.external(symbol);
  const seen = parts.quotes.peek(symbol);
  const latch = journal.latch.read();
  return {
    intent,
    haltState: latch.state,
    haltReason: latch.reason,
    session: parts.calendar.state(clock.market.now()),
    quote: seen
      ? {
          bid: seen.quote.bid,
          ask: seen.quote.ask,
          last: seen.quote.last,
          ageMs: seen.ageMs,
          delayMs: parts.quoteDelayMs,
        }
      : null,
    equity: holdings.equity(),
    buyingPower: holdings.buyingPower(),
    reserved: exposure.reserved(holdings.asked, now, intentId),
    held:
      external === null
        ? null
        : { book: ledger.bookQuantity(book, symbol), account: ledger.quantity(symbol) + external },
    stances: stances(ledger, symbol),
    accountType: holdings.balances?.type ?? null,
    working: exposure.working(symbol, book, now, intentId),
    covered: isProtective(intent) ? covered(parts, intent, now) : { book: 0, account: 0 },
    openSymbols: openSymbols(parts, now, intentId),
    baseline: journal.baselines.find(parts.session()),
    sinceSimilarMs,
    live: parts.live,
  };
}

function covered(parts: SituationParts, { symbol, book, intentId }: OrderIntent, now: number) {
  return {
    book: coverage(parts, symbol, now, book, intentId).shares,
    account: coverage(parts, symbol, now, undefined, intentId).shares,
  };
}

function stances(ledger: Ledger, symbol: string) {
  let [long, short] = [0, 0];
  for (const holding of ledger.holdings()) {
    if (holding.symbol !== symbol) continue;
    if (holding.quantity > 0) long += holding.quantity;
    else short -= holding.quantity;
  }
  return { long, short };
}

function openSymbols(parts: SituationParts, now: number, intentId: string): Set<string> {
  const symbols = new Set<string>(parts.exposure.opening(now, intentId));
  for (const holding of parts.ledger.holdings()) if (holding.quantity !== 0) symbols.add(holding.symbol);
  for (const symbol of parts.holdings.externalSymbols()) symbols.add(symbol);
  return symbols;
}

/** Symbols held, elsewhere bought, or in working orders. */
export function symbolsInUse(parts: Pick<SituationParts, 'journal' | 'ledger' | 'holdings'>): Set<string> {
  const symbols = new Set<string>(parts.holdings.externalSymbols());
  for (const holding of parts.ledger.holdings()) if (holding.quantity !== 0) symbols.add(holding.symbol);
  for (const order of parts.journal.orders.working()) {
    const record = parts.journal.intents.find(order.intentId);
    if (record) symbols.add(record.intent.symbol);
  }
  return symbols;
}
