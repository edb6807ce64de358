import type { Clock } from '../domain/clock.ts';
import { intentId, randomId } from '../domain/ids.ts';
import type { OrderIntent } from '../domain/order.ts';
import type { Refusal } from '../domain/trace.ts';
import { intentHash } from '../orders/desk.ts';
import type { Exposure } from '../orders/exposure.ts';
import type { Journal } from '../orders/journal/journal.ts';
import { isProtective } from '../orders/roles.ts';
import { targetRefusal } from '../orders/targets/target-check.ts';
import type { Check, RiskContext } from './context.ts';
import { evaluate } from './evaluate.ts';
import type { Policy } from './policy.ts';
import { worstCase } from './worst-case.ts';

export interface GateParts {
  journal: Journal;
  exposure: Exposure;
  clock: Clock;
  /** Symbols with an order of unknown outcome: nothing more may be risked on them. */
  unresolved: () => ReadonlySet<string>;
  /** A permit expired unspent. */
  expired: () => void;
}

export type Verdict =
  | { kind: 'approved'; intent: OrderIntent; checks: Check[] }
  | { kind: 'refused'; refusals: Refusal[]; checks: Check[] };

/**
 * The one place that lets an order through: all rules, the reservation of its worst case and its permit are one
 * journal transaction, so that of two orders that fit only one at a time, one is refused.
 */
export class RiskGate {
  readonly #parts: GateParts;
  readonly #approvals = new Map<string, { intentId: string; at: number }>();

  constructor(parts: GateParts, remember: { intent: OrderIntent; ageMs: number }[]) {
    this.#parts = parts;
    for (const { intent, ageMs } of remember) this.#remember(intent, parts.clock.elapsed.now() - ageMs);
  }

  /** Elapsed ms since the last approval of the same strategy, symbol and side that was not for this intent. */
  sinceSimilar(intent: OrderIntent): number | null {
    const last = this.#approvals.get(similar(intent));
    if (!last || last.intentId === intent.intentId) return null;
    return this.#parts.clock.elapsed.now() - last.at;
  }

  /** `context` is asked for inside the transaction, so that it counts every reservation before this one. */
  check(intent: OrderIntent, policy: Policy, context: () => RiskContext): Verdict {
    const { journal } = this.#parts;
    const again = this.#alreadyDecided(intent);
    if (again) return { kind: 'refused', refusals: [again], checks: [] };
    const { verdict, commit } = journal.db.transaction(() => this.#decide(intent, policy, context()));
    commit();
    return verdict;
  }

  /** An order that never came to be does not make the next one a duplicate. */
  forget(intent: OrderIntent): void {
    if (this.#approvals.get(similar(intent))?.intentId === intent.intentId)
      this.#approvals.delete(similar(intent));
  }

  #decide(
    intent: OrderIntent,
    policy: Policy,
    context: RiskContext,
  ): { verdict: Verdict; commit: () => void } {
    const { journal, clock, exposure } = this.#parts;
    const result = evaluate(context, policy);
    const refusals = [
      ...this.#unresolvedRefusal(intent),
      ...this.#targetRefusal(intent, context),
      ...result.refusals,
    ];
    const amount = worstCase(intent, context.quote, policy.marketCollarPercent);
    if (amount === null && refusals.length === 0) {
      refusals.push({
        rule: 'worst-case',
        message: `no price of ${intent.symbol}: what the order may cost is unknown`,
      });
    }
    const { permit: _, ...approved } = intent;
    const hash = intentHash(approved);
    const decision = { at: clock.market.now(), wall: clock.wall.now(), decidedWith: result.checks, refusals };
    if (refusals.length > 0 || amount === null) {
      journal.intents.decide(approved, hash, 'DENIED', decision);
      journal.inbox.decide(intent.signalKey, refusals);
      return { verdict: { kind: 'refused', refusals, checks: result.checks }, commit: () => undefined };
    }
    journal.intents.decide(approved, hash, 'PREPARED', decision);
    const now = clock.elapsed.now();
    const expiresElapsed = now + policy.permitSeconds * 1000;
    const permitId = randomId();
    const { symbol, side, book, quantity } = intent;
    const id = intent.intentId;
    journal.intents.issue(
      { permitId, intentId: id, intentHash: hash, epoch: journal.db.epoch, expiresElapsed },
      decision.wall,
      { intentId: id, symbol, side, book, quantity, amount },
    );
    const commit = () => {
      const standsBy = isProtective(intent);
      const commitment = { intentId: id, symbol, side, book, quantity, filled: 0, amount, standsBy };
      exposure.hold({ ...commitment, expiresAt: expiresElapsed, seenAt: null, endedAt: null });
      this.#remember(intent, now);
      clock.elapsed.after(policy.permitSeconds * 1000 + 50, () => this.#expire(intent, permitId));
    };
    const permit = { permitId, validSeconds: policy.permitSeconds };
    return { verdict: { kind: 'approved', intent: { ...approved, permit }, checks: result.checks }, commit };
  }

  #alreadyDecided(intent: OrderIntent): Refusal | null {
    const { journal, clock } = this.#parts;
    if (intent.intentId !== intentId(intent.signalKey, intent.strategy, intent.leg)) {
      return {
        rule: 'intent-id',
        field: 'intentId',
        value: intent.intentId,
        message:
          'intentId is not derived from signalKey, strategy and leg; take the intent as position-size made it',
      };
    }
    if (journal.attempts.latest(intent.intentId) !== null) {
      return { rule: 'already-ordered', message: 'this signal was already ordered; it is not ordered twice' };
    }
    const permit = journal.intents.permitOf(intent.intentId);
    if (permit?.state === 'SPENT') {
      return { rule: 'already-ordered', message: 'this signal was already decided; it is not ordered again' };
    }
    if (permit?.state !== 'ISSUED') return null;
    if (permit.expiresElapsed > clock.elapsed.now()) {
      return { rule: 'already-approved', message: 'this signal already has an approved order on its way' };
    }
    journal.db.transaction(() => journal.intents.expire(intent.intentId));
    return null;
  }

  #unresolvedRefusal(intent: OrderIntent): Refusal[] {
    if (intent.reduceOnly || !this.#parts.unresolved().has(intent.symbol)) return [];
    return [
      {
        rule: 'unresolved-order',
        message: `an earlier order for ${intent.symbol} has an unknown outcome; entries wait until it is found`,
      },
    ];
  }

  #targetRefusal(intent: OrderIntent, { held, working }: RiskContext): Refusal[] {
    const stand = { held: held?.book ?? null, buying: working.bookBuy, selling: working.bookSell };
    const refusal = targetRefusal(this.#parts.journal, intent, stand);
    return refusal ? [refusal] : [];
  }

  #expire(intent: OrderIntent, permitId: string): void {
    const { journal, exposure } = this.#parts;
    if (!journal.db.isOpen || journal.intents.permit(permitId)?.state !== 'ISSUED') return;
    journal.db.transaction(() => journal.intents.expire(intent.intentId));
    exposure.drop(intent.intentId);
    this.forget(intent);
    this.#parts.expired();
  }

  #remember(intent: OrderIntent, at: number): void {
    this.#approvals.set(similar(intent), { intentId: intent.intentId, at });
  }
}

function similar(intent: OrderIntent): string {
  return `${intent.strategy}|${intent.symbol}|${intent.side}`;
}
