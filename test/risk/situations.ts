import assert from 'node:assert/strict';
import { money } from '../../lib/domain/money.ts';
import type { OrderIntent } from '../../lib/domain/order.ts';
import type { RiskContext } from '../../lib/risk/context.ts';
import { type Policy, PRESETS } from '../../lib/risk/policy.ts';
import type { Rule } from '../../lib/risk/rule.ts';

/** 10 AAPL at the market, into book tradingview. */
export function intent(change: Partial<OrderIntent> = {}): OrderIntent {
  return {
    intentId: 'abcdefghijklmnopqrstuvwx',
    signalKey: 'key',
    account: 'simulator:VA1',
    leg: 'main',
    book: 'tradingview',
    strategy: 'momentum',
    symbol: 'AAPL',
    side: 'buy',
    quantity: 10,
    type: 'market',
    duration: 'day',
    reduceOnly: false,
    reason: '',
    ...change,
  };
}

/** An exit of 10 of the 50 AAPL the calm account holds. */
export function exitIntent(change: Partial<OrderIntent> = {}): OrderIntent {
  return intent({ side: 'sell', reduceOnly: true, leg: 'exit', ...change });
}

/** Nothing on its way. */
export const NO_WORKING: RiskContext['working'] = {
  bookBuy: 0,
  bookSell: 0,
  accountBuy: 0,
  accountSell: 0,
  accountLong: 0,
  accountShort: 0,
};

export type Change = Partial<Omit<RiskContext, 'intent'>> & {
  order?: Partial<OrderIntent>;
  exit?: Partial<OrderIntent>;
};

/** Everything known, everything within the standard policy; AAPL quoted 149.90 / 150.00. */
export function situation({ order, exit, ...change }: Change = {}): RiskContext {
  return {
    intent: exit ? exitIntent(exit) : intent(order),
    haltState: 'active',
    haltReason: '',
    session: 'open',
    quote: { bid: 149.9, ask: 150, last: 149.95, ageMs: 400, delayMs: 0 },
    equity: money(100_000),
    buyingPower: money(100_000),
    reserved: money(0),
    held: exit ? { book: 50, account: 50 } : { book: 0, account: 0 },
    stances: { long: exit ? 50 : 0, short: 0 },
    accountType: 'margin',
    working: NO_WORKING,
    covered: { book: 0, account: 0 },
    openSymbols: new Set<string>(),
    baseline: money(100_000),
    sinceSimilarMs: null,
    live: false,
    ...change,
  };
}

export interface Case {
  it: string;
  when?: Change;
  policy?: Partial<Policy>;
  passes: boolean;
  says?: RegExp;
  field?: string;
}

/** One test per row of the table. */
export function table(rule: Rule, name: string, cases: Case[]): void {
  describe(name, () => {
    for (const { it: title, when, policy, passes, says, field } of cases) {
      it(`${passes ? 'passes' : 'refuses'} ${title}`, () => {
        const check = rule(situation(when), { ...PRESETS.standard, ...policy });
        assert.equal(check.rule, name);
        assert.equal(check.passed, passes, check.message);
        if (says) assert.match(check.message, says);
        if (field !== undefined) assert.equal(check.field, field);
        assert.doesNotMatch(check.message, /NaN|undefined|null|\[object/);
      });
    }
  });
}
