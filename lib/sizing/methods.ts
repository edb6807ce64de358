import { formatMoney, type Money, money, scale, toDollars } from '../domain/money.ts';
import type { Figures } from '../domain/trace.ts';
import { count, known, percentText, priceText, type Reckoning, sharesText, turnDown } from './answer.ts';
import type { SizingContext, SizingMethod } from './contract.ts';
import type { EntryPlan } from './entry.ts';

/** How many whole shares the method wants for an entry, before any cap. Never less than one: that is a refusal. */
export function reckon(context: SizingContext, sizing: SizingMethod, plan: EntryPlan): Reckoning {
  switch (sizing.method) {
    case 'as_signal':
      return asSignal(context, plan);
    case 'fixed_shares':
      return whole(sizing.shares, `fixed ${sharesText(sizing.shares)}`, 'shares', {});
    case 'fixed_cash':
      return fixedCash(context, plan, sizing.cash);
    case 'percent_equity':
      return percentEquity(context, plan, sizing.percent);
    case 'risk_per_trade':
      return riskPerTrade(context, plan, sizing.percent, sizing.stopDistance);
    default:
      return turnDown('missing-figure', 'the sizing method is not known', { field: 'method' });
  }
}

/** Whole shares that `cash` buys at `price`: integer division of Money, so that no rounding adds a share. */
export function affordable(cash: Money, price: number): number {
  const each = money(price);
  return each > 0 ? Math.floor(cash / each) : 0;
}

/** The signal's own size, in whatever measure it says it. */
function asSignal(context: SizingContext, plan: EntryPlan): Reckoning {
  const { quantity, sizing } = context.signal;
  if (sizing) {
    const { kind, value } = sizing;
    if (kind === 'cash') return fixedCash(context, plan, value);
    if (kind === 'percent_equity') return percentEquity(context, plan, value);
    if (kind === 'risk_percent') return riskPerTrade(context, plan, value, undefined);
    if (kind === 'percent_of_position') return ofPosition(context, value);
    return whole(value, `the signal asks for ${sharesText(value)}`, 'sizing', {});
  }
  if (!known(quantity)) {
    return turnDown(
      'missing-figure',
      'the signal names no quantity; send one, or choose another sizing method',
      { field: 'quantity' },
    );
  }
  return whole(quantity, `the signal asks for ${sharesText(quantity)}`, 'quantity', {});
}

function ofPosition({ held, signal }: SizingContext, percent: number): Reckoning {
  if (!known(held) || held === 0) {
    const message = `book ${signal.book} has no position in ${signal.symbol} to take ${percentText(percent)} of`;
    return turnDown('missing-figure', message, { field: 'held' });
  }
  const shares = (Math.abs(held) * percent) / 100;
  const because = `${percentText(percent)} of ${sharesText(Math.abs(held))} = ${sharesText(shares)}`;
  return whole(shares, because, 'sizing', { held, percent });
}

function fixedCash(context: SizingContext, { price }: EntryPlan, dollars: number): Reckoning {
  if (price === null) return noPrice(context);
  if (!known(dollars) || dollars <= 0) return noFigure('cash');
  return bought(money(dollars), price, formatMoney(money(dollars)), 'cash', {});
}

function percentEquity(context: SizingContext, { price }: EntryPlan, percent: number): Reckoning {
  const { equity } = context;
  if (!known(equity) || equity <= 0) return noEquity();
  if (price === null) return noPrice(context);
  if (!known(percent) || percent <= 0) return noFigure('percent');
  const cash = scale(equity, percent / 100);
  const figures = { equity: toDollars(equity), percent };
  return bought(cash, price, partOf(equity, percent, cash), 'percent', figures);
}

/** The distance the signal names, or that of its stop loss; else the node's figure, or that of the node's stop loss. */
function riskPerTrade(
  context: SizingContext,
  { price, protection }: EntryPlan,
  percent: number,
  fallback: number | undefined,
): Reckoning {
  const { equity, signal } = context;
  const ofBracket = protection?.stopDistance ?? undefined;
  const ofSignal = protection?.stopFromSignal === true ? ofBracket : undefined;
  const distance = signal.stopDistance ?? ofSignal ?? fallback ?? ofBracket;
  if (!known(distance) || money(distance) <= 0) {
    return turnDown(
      'missing-figure',
      'sizing by risk needs the distance to the stop; neither the signal nor the node names one',
      { field: 'stopDistance' },
    );
  }
  if (!known(equity) || equity <= 0) return noEquity();
  if (price === null) return noPrice(context);
  if (!known(percent) || percent <= 0) return noFigure('percent');
  const risk = scale(equity, percent / 100);
  const quantity = affordable(risk, distance);
  const because = `${partOf(equity, percent, risk)} at risk, ${priceText(distance)} a share to the stop = ${sharesText(quantity)}`;
  const figures = {
    equity: toDollars(equity),
    percent,
    risk: toDollars(risk),
    stopDistance: distance,
    price,
  };
  return atLeastOne({ quantity, because, figures }, 'percent');
}

function bought(cash: Money, price: number, whence: string, field: string, figures: Figures): Reckoning {
  const quantity = affordable(cash, price);
  const because = `${whence} at ${priceText(price)} = ${sharesText(quantity)}`;
  return atLeastOne({ quantity, because, figures: { ...figures, cash: toDollars(cash), price } }, field);
}

function whole(shares: number, because: string, field: string, figures: Figures): Reckoning {
  if (!known(shares) || shares <= 0) return noFigure(field);
  const quantity = Math.floor(shares);
  const rounded = quantity === shares ? because : `${because}, rounded down to ${count(quantity)}`;
  return atLeastOne({ quantity, because: rounded, figures: { ...figures, asked: shares } }, field);
}

function atLeastOne(
  reckoned: { quantity: number; because: string; figures: Figures },
  field: string,
): Reckoning {
  if (Number.isSafeInteger(reckoned.quantity) && reckoned.quantity >= 1) return reckoned;
  const message = `${reckoned.because}: less than one whole share (${field})`;
  return { ...turnDown('below-one-share', message, { field, limit: 1 }), figures: reckoned.figures };
}

function partOf(equity: Money, percent: number, cash: Money): string {
  return `${percentText(percent)} of ${formatMoney(equity)} = ${formatMoney(cash)}`;
}

function noPrice({ signal }: SizingContext): Reckoning {
  return turnDown('missing-figure', `there is no price of ${signal.symbol} to size by`, { field: 'quote' });
}

function noEquity(): Reckoning {
  return turnDown('missing-figure', 'the equity of the account is not known, or there is none', {
    field: 'equity',
  });
}

function noFigure(field: string): Reckoning {
  return turnDown('missing-figure', `${field} is not a number above 0`, { field });
}
