import { formatMoney, formatNumber, type Money, money, scale, toDollars } from '../domain/money.ts';
import type { Figures } from '../domain/trace.ts';
import { count, known, priceText, type Reckoning, sharesText, turnDown } from './answer.ts';
import type { Sizing, SizingContext } from './contract.ts';

/** How many whole shares the method wants for an entry, before any cap. Never less than one: that is a refusal. */
export function reckon(context: SizingContext, sizing: Sizing): Reckoning {
  switch (sizing.method) {
    case 'as_signal':
      return asSignal(context);
    case 'fixed_shares':
      return whole(sizing.shares, `fixed ${sharesText(sizing.shares)}`, 'shares', {});
    case 'fixed_cash':
      return fixedCash(context, sizing.cash);
    case 'percent_equity':
      return percentEquity(context, sizing.percent);
    case 'risk_per_trade':
      return riskPerTrade(context, sizing.percent, sizing.stopDistance);
    default:
      return turnDown('missing-figure', 'the sizing method is not known', { field: 'method' });
  }
}

/**
 * What one share of the entry is taken to cost: the limit of a limit order, else the ask, else the last trade.
 * null when none is known.
 */
export function entryPrice({ signal, quote }: SizingContext): number | null {
  if (signal.type === 'limit')
    return known(signal.limitPrice) && signal.limitPrice > 0 ? signal.limitPrice : null;
  for (const price of [quote?.ask, quote?.last]) if (known(price) && price > 0) return price;
  return null;
}

/** Whole shares that `cash` buys at `price`: integer division of Money, so that no rounding adds a share. */
export function affordable(cash: Money, price: number): number {
  const each = money(price);
  return each > 0 ? Math.floor(cash / each) : 0;
}

function asSignal({ signal }: SizingContext): Reckoning {
  if (!known(signal.quantity)) {
    return turnDown(
      'missing-figure',
      'the signal names no quantity; send one, or choose another sizing method',
      {
        field: 'quantity',
      },
    );
  }
  return whole(signal.quantity, `the signal asks for ${sharesText(signal.quantity)}`, 'quantity', {});
}

function fixedCash(context: SizingContext, dollars: number): Reckoning {
  const price = entryPrice(context);
  if (price === null) return noPrice(context);
  if (!known(dollars) || dollars <= 0) return noFigure('cash');
  return bought(money(dollars), price, formatMoney(money(dollars)), 'cash', {});
}

function percentEquity(context: SizingContext, percent: number): Reckoning {
  const { equity } = context;
  if (!known(equity) || equity <= 0) return noEquity();
  const price = entryPrice(context);
  if (price === null) return noPrice(context);
  if (!known(percent) || percent <= 0) return noFigure('percent');
  const cash = scale(equity, percent / 100);
  const figures = { equity: toDollars(equity), percent };
  return bought(cash, price, partOf(equity, percent, cash), 'percent', figures);
}

function riskPerTrade(context: SizingContext, percent: number, fallback: number | undefined): Reckoning {
  const { equity, signal } = context;
  const distance = signal.stopDistance ?? fallback;
  if (!known(distance) || money(distance) <= 0) {
    return turnDown(
      'missing-figure',
      'sizing by risk needs the distance to the stop; neither the signal nor the node names one',
      { field: 'stopDistance' },
    );
  }
  if (!known(equity) || equity <= 0) return noEquity();
  const price = entryPrice(context);
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
  return `${formatNumber(percent, 0, 4)} % of ${formatMoney(equity)} = ${formatMoney(cash)}`;
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
