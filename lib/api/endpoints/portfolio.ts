import { z } from 'zod';
import { ORDER_STATUSES } from '../../domain/order.ts';
import type { PortfolioSnapshot } from '../../domain/portfolio.ts';
import { readSymbol } from '../../market/symbols/names.ts';
import type { Policy } from '../../risk/policy.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { orderAnswer, portfolioAnswer, positionAnswer, riskAnswer, symbolText } from '../schemas.ts';
import { named, portfolioView, rounded } from '../view.ts';

const MOST_ORDERS = 500;

export const portfolioEndpoints: Endpoint[] = [
  endpoint({
    id: 'portfolio',
    method: 'GET',
    path: '/api/v1/portfolio',
    tag: 'Portfolio',
    summary: 'Cash, equity, exposure, profit and positions.',
    query: z.strictObject({}),
    answers: { 200: { description: 'The portfolio now.', schema: portfolioAnswer } },
    async handle({ account }) {
      return { status: 200, body: portfolioView(await account().snapshot()) };
    },
  }),
  endpoint({
    id: 'positions',
    method: 'GET',
    path: '/api/v1/positions',
    also: ['/api/v1/portfolio/positions'],
    tag: 'Portfolio',
    summary: 'What is held, by symbol and book.',
    query: z.strictObject({}),
    answers: {
      200: {
        description: 'The positions.',
        schema: z.object({ positions: z.array(positionAnswer), simulated: z.boolean() }),
      },
    },
    async handle({ account }) {
      const { positions, simulated } = await account().snapshot();
      return { status: 200, body: { positions: positions.map(named), simulated } };
    },
  }),
  endpoint({
    id: 'risk',
    method: 'GET',
    path: '/api/v1/risk',
    also: ['/api/v1/portfolio/risk'],
    tag: 'Portfolio',
    summary: 'The limits of the account and how much of them is used.',
    query: z.strictObject({}),
    answers: { 200: { description: 'Limits and figures.', schema: riskAnswer } },
    async handle({ account }) {
      const open = account();
      return { status: 200, body: rounded(riskOf(await open.snapshot(), open.policy)) };
    },
  }),
  endpoint({
    id: 'orders',
    method: 'GET',
    path: '/api/v1/orders',
    tag: 'Orders',
    summary: 'Orders placed through this desk, newest first; those that still work are always among them.',
    query: z.strictObject({
      limit: z
        .number()
        .int()
        .min(1)
        .max(MOST_ORDERS)
        .default(50)
        .describe('So many of those that fit; working ones also beyond it.'),
      symbol: symbolText.optional(),
      status: z.enum(ORDER_STATUSES).optional(),
    }),
    example: { query: 'status=filled&limit=10' },
    answers: { 200: { description: 'The orders.', schema: z.object({ orders: z.array(orderAnswer) }) } },
    handle({ account }, { query: { limit, symbol, status } }) {
      const wanted = symbol === undefined ? undefined : readSymbol(symbol);
      const orders = account().orders(limit, { symbol: wanted, status });
      return { status: 200, body: { orders: orders.map(named) } };
    },
  }),
];

function riskOf(snapshot: PortfolioSnapshot, policy: Policy) {
  const { account, simulated, at, haltState, equity, buyingPower, reserved, exposure, dayPnl } = snapshot;
  const bySymbol = new Map<string, number>();
  for (const { symbol, marketValue } of snapshot.positions)
    bySymbol.set(symbol, (bySymbol.get(symbol) ?? 0) + (marketValue ?? 0));
  const [largest] = [...bySymbol].sort(([, a], [, b]) => Math.abs(b) - Math.abs(a));
  return {
    account,
    simulated,
    at,
    haltState,
    policy,
    equity,
    buyingPower,
    reserved,
    exposure,
    dayPnl,
    dailyLoss: {
      usedPercent: Math.max(0, -(dayPnl?.percent ?? 0)),
      limitPercent: policy.maxDailyLossPercent,
    },
    largestPosition:
      largest === undefined || equity <= 0
        ? null
        : {
            symbol: largest[0],
            percent: (Math.abs(largest[1]) / equity) * 100,
            limitPercent: policy.maxPositionPercent,
          },
    openPositions: { count: bySymbol.size, limit: policy.maxOpenPositions },
  };
}
