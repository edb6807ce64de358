import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { type Money, money } from '../../lib/domain/money.ts';
import type { RiskContext } from '../../lib/risk/context.ts';
import { evaluate, RULES } from '../../lib/risk/evaluate.ts';
import { type Policy, PRESETS, strictest } from '../../lib/risk/policy.ts';
import { anyContext, anyPolicy, roomyPolicy } from './arbitraries.ts';
import { type Change, NO_WORKING, situation } from './situations.ts';

const { standard, careful } = PRESETS;

describe('evaluate', () => {
  it('runs every rule of the folder, in a fixed order, under its own name', () => {
    const files = readdirSync(new URL('../../lib/risk/rules/', import.meta.url)).map((name) =>
      name.replace('.ts', ''),
    );
    assert.deepEqual(RULES.map(([name]) => name).sort(), files.sort());
    const { checks } = evaluate(situation(), standard);
    assert.deepEqual(
      checks.map((check) => check.rule),
      RULES.map(([name]) => name),
    );
  });

  it('approves a calm entry and a calm exit under every preset', () => {
    for (const policy of Object.values(PRESETS)) {
      assert.deepEqual(evaluate(situation(), policy).refusals, []);
      assert.deepEqual(evaluate(situation({ exit: {} }), policy).refusals, []);
    }
  });

  it('refuses 100 AAPL at 150 of 100,000 under Careful and names the position limit, and nothing else', () => {
    const order = situation({ order: { quantity: 100 } });
    assert.equal(evaluate(order, standard).approved, true);
    assert.deepEqual(evaluate(order, careful).refusals, [
      {
        rule: 'max-position',
        message:
          '100 AAPL would make 15 % of equity in book tradingview; the limit is 10 % (maxPositionPercent)',
        limit: 10,
        value: 15,
        field: 'maxPositionPercent',
      },
    ]);
  });

  it('reports every reason at once', () => {
    const { refusals } = evaluate(
      situation({ session: 'closed', equity: money(500), order: { quantity: 5_000 }, sinceSimilarMs: 10 }),
      standard,
    );
    assert.deepEqual(
      refusals.map((refusal) => refusal.rule),
      [
        'market-session',
        'duplicate-order',
        'order-quantity',
        'order-value',
        'max-position',
        'concentration',
        'buying-power',
        'daily-loss',
        'min-equity',
      ],
    );
  });

  it('refuses when a rule breaks instead of breaking with it', () => {
    const { approved, refusals } = evaluate({ ...situation(), openSymbols: null as never }, standard);
    assert.equal(approved, false);
    assert.match(refusals[0]?.message ?? '', /could not be checked/);
  });

  it('lets an exit of a known position pass with everything else unknown', () => {
    const unknown: Partial<RiskContext> = {
      session: 'unknown',
      quote: null,
      equity: null,
      buyingPower: null,
      baseline: null,
      sinceSimilarMs: 1,
      haltState: 'reducing',
    };
    assert.deepEqual(evaluate(situation({ exit: {}, ...unknown }), standard).refusals, []);
    assert.equal(evaluate(situation({ ...unknown }), standard).approved, false);
  });

  const quote = { bid: 149.9, ask: 150, last: 149.95, ageMs: 400, delayMs: 0 };
  const held = { book: 0, account: 0 };
  const working = NO_WORKING;
  const broken: Record<string, (value: number) => Change> = {
    quantity: (value) => ({ order: { quantity: value } }),
    price: (value) => ({ order: { price: value } }),
    stop: (value) => ({ order: { stop: value } }),
    bid: (bid) => ({ quote: { ...quote, bid } }),
    ask: (ask) => ({ quote: { ...quote, ask } }),
    last: (last) => ({ quote: { ...quote, last } }),
    ageMs: (ageMs) => ({ quote: { ...quote, ageMs } }),
    delayMs: (delayMs) => ({ quote: { ...quote, delayMs } }),
    equity: (value) => ({ equity: value as Money }),
    buyingPower: (value) => ({ buyingPower: value as Money }),
    reserved: (value) => ({ reserved: value as Money }),
    baseline: (value) => ({ baseline: value as Money }),
    sinceSimilarMs: (value) => ({ sinceSimilarMs: value }),
    'held.book': (book) => ({ held: { ...held, book } }),
    'held.account': (account) => ({ held: { ...held, account } }),
    'working.bookBuy': (bookBuy) => ({ working: { ...working, bookBuy } }),
    'working.bookSell': (bookSell) => ({ working: { ...working, bookSell } }),
    'working.accountBuy': (accountBuy) => ({ working: { ...working, accountBuy } }),
    'working.accountSell': (accountSell) => ({ working: { ...working, accountSell } }),
  };
  for (const [name, change] of Object.entries(broken)) {
    it(`refuses an entry whose ${name} is NaN or infinite`, () => {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        assert.equal(evaluate(situation(change(value)), standard).approved, false, String(value));
      }
    });
  }

  it('refuses under a policy whose limit is not a number', () => {
    for (const name of Object.keys(standard) as (keyof Policy)[]) {
      // The collar binds only a market buy, the band only a limit order, the permit no order at all.
      if (['allowDelayedQuotes', 'allowShortSales', 'permitSeconds'].includes(name)) continue;
      const order = name === 'priceBandPercent' ? { type: 'limit' as const, price: 150 } : {};
      const context = situation({ order, sinceSimilarMs: 90_000 });
      assert.equal(evaluate(context, { ...standard, [name]: Number.NaN }).approved, false, name);
    }
  });

  it('never approves more under a tighter policy (property)', () => {
    let approved = 0;
    fc.assert(
      fc.property(anyContext, fc.oneof(anyPolicy, roomyPolicy), roomyPolicy, (context, a, b) => {
        if (evaluate(context, strictest(a, b)).approved) {
          approved++;
          assert.ok(evaluate(context, a).approved);
          assert.ok(evaluate(context, b).approved);
        }
      }),
      { numRuns: 3_000 },
    );
    assert.ok(approved > 50, `only ${approved} were approved: the property says nothing`);
  });

  it('never approves what crosses zero, nor an entry beyond buying power (property)', () => {
    const approved = { buy: 0, sell: 0, sell_short: 0, buy_to_cover: 0 };
    fc.assert(
      fc.property(anyContext, fc.oneof(anyPolicy, roomyPolicy), (context, policy) => {
        if (!evaluate(context, policy).approved) return;
        const { intent, held, working, covered, stances, buyingPower, quote } = context;
        const { side, quantity } = intent;
        approved[side]++;
        assert.ok(held);
        if (side === 'sell') {
          assert.ok(quantity <= held.book - working.bookSell - covered.book);
          assert.ok(quantity <= held.account - working.accountSell - covered.account);
        } else if (side === 'buy_to_cover') {
          assert.ok(quantity <= -held.book - working.bookBuy - covered.book);
          assert.ok(quantity <= -held.account - working.accountBuy - covered.account);
        } else {
          const buys = side === 'buy';
          const against = buys
            ? [-held.book, -held.account, stances.short, working.accountShort]
            : [held.book, held.account, stances.long, working.accountLong];
          assert.ok(against.every((shares) => shares <= 0));
          const least = intent.price ?? (buys ? quote?.ask : quote?.bid) ?? Number.NaN;
          const free = ((buyingPower ?? 0) - context.reserved) / 10_000 + 0.0001;
          assert.ok(least * quantity * (buys ? 1 : 1.5) <= free);
          if (!buys) assert.ok(policy.allowShortSales && context.accountType !== 'cash');
        }
      }),
      { numRuns: 20_000 },
    );
    assert.ok(
      Object.values(approved).every((count) => count > 20),
      JSON.stringify(approved),
    );
  });

  it('writes approvals as sentences too, without a broken word (property)', () => {
    fc.assert(
      fc.property(anyContext, anyPolicy, (context, policy) => {
        for (const { message } of evaluate(context, policy).checks) {
          assert.doesNotMatch(message, /NaN|undefined|null|Infinity|\[object|∞/);
        }
      }),
    );
  });
});
