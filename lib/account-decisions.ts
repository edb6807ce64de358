import type { AccountParts } from './account-parts.ts';
import { inputError } from './domain/errors.ts';
import type { OrderIntent } from './domain/order.ts';
import type { Signal } from './domain/signal.ts';
import { isProtective } from './orders/roles.ts';
import { type Policy, strictest } from './risk/policy.ts';
import { situation } from './risk/situation.ts';
import type { SizeDecision, Sizing } from './sizing/contract.ts';
import { sizeSignal, sizesByAtr } from './sizing/decide.ts';
import type { OrderOrigin, RiskDecision } from './trading-account.ts';

/** What an account decides with. */
export interface Deciding {
  parts: AccountParts;
  account: string;
  policy: Policy;
  /** Throws when the account closed while a decision waited for the market. */
  mustBeOpen(): void;
}

/** The order a signal becomes, or why it becomes none. */
export async function sizeFor(
  { parts, account, policy, mustBeOpen }: Deciding,
  signal: Signal,
  sizing: Sizing,
  origin: OrderOrigin,
): Promise<SizeDecision> {
  const { pursuit, attention, atr } = parts;
  const isTarget = signal.action === 'target' && signal.target !== undefined;
  const refused = isTarget ? pursuit.enter(account, signal, origin) : null;
  if (refused) return refused;
  const [quote, range] = await Promise.all([
    attention.fresh(signal.symbol, policy.quoteMaxAgeSeconds * 1000),
    sizesByAtr(signal, sizing) ? atr.of(signal.symbol) : null,
  ]);
  mustBeOpen();
  const known = { ...parts, account, policy };
  const seen = { quote, atr: range };
  if (isTarget) return pursuit.size(known, signal, sizing, seen);
  return endingEntries(parts, signal, sizeSignal(known, signal, sizing, seen));
}

/** `close` of a book that holds nothing yet: its entries that still work would open what was to be closed. */
function endingEntries(
  { protection }: AccountParts,
  { symbol, book, action }: Signal,
  decision: SizeDecision,
): SizeDecision {
  if (action !== 'close' || decision.kind !== 'refused') return decision;
  const entries = protection.cancelEntries(book, symbol);
  const [first, ...rest] = decision.refusals;
  if (entries === 0 || !first) return decision;
  const canceled =
    entries === 1 ? 'its entry that still works is' : `its ${entries} entries that still work are`;
  return {
    ...decision,
    refusals: [{ ...first, message: `${first.message}; ${canceled} canceled` }, ...rest],
  };
}

/** The gate's verdict on an order of the flow, by the account's policy and a stricter one. */
export async function checkOrder(
  { parts, account, policy, mustBeOpen }: Deciding,
  intent: OrderIntent,
  stricter?: Policy,
): Promise<RiskDecision> {
  if (intent.account !== account) throw inputError('account', intent.account, account);
  if (isProtective(intent))
    throw inputError('leg', intent.leg, "main, exit or a symbol: protection is the account's own");
  const { attention, gate, pursuit } = parts;
  const binding = stricter ? strictest(policy, stricter) : policy;
  await attention.fresh(intent.symbol, binding.quoteMaxAgeSeconds * 1000);
  mustBeOpen();
  const verdict = gate.check(intent, binding, () =>
    situation(parts.situation, intent, gate.sinceSimilar(intent)),
  );
  pursuit.checked(intent, verdict.kind === 'refused' ? verdict.refusals : []);
  const refusedBy = verdict.checks.filter((one) => !one.passed).length;
  const figures = { rules: verdict.checks.length, refusedBy };
  if (verdict.kind === 'refused') return { ...verdict, figures };
  return { ...verdict, figures, because: verdict.checks.map((check) => check.message).join('; ') };
}
