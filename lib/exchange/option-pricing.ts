import type { Greeks } from '../domain/market-data.ts';

/** What Black and Scholes ask for. Prices in dollars, years as a fraction, rate and volatility a year. */
export interface OptionInputs {
  right: 'call' | 'put';
  spot: number;
  strike: number;
  years: number;
  volatility: number;
}

const RATE = 0.04;
const DAYS_A_YEAR = 365;

/** The fair price of an option without dividends, in dollars a share. */
export function optionPrice({ right, spot, strike, years, volatility }: OptionInputs): number {
  if (years <= 0) return Math.max(0, right === 'call' ? spot - strike : strike - spot);
  const { d1, d2, discount } = terms({ right, spot, strike, years, volatility });
  const call = spot * normal(d1) - strike * discount * normal(d2);
  return Math.max(0, right === 'call' ? call : call - spot + strike * discount);
}

/** Its sensitivities: theta a day, vega, rho and phi for one percent, as brokers show them. */
export function optionGreeks(
  inputs: OptionInputs,
): Pick<Greeks, 'delta' | 'gamma' | 'theta' | 'vega' | 'rho' | 'phi'> {
  const { right, spot, strike, years, volatility } = inputs;
  const { d1, d2, discount } = terms(inputs);
  const sign = right === 'call' ? 1 : -1;
  const density = Math.exp((-d1 * d1) / 2) / Math.sqrt(2 * Math.PI);
  const carry = sign * RATE * strike * discount * normal(sign * d2);
  const decay = (-spot * density * volatility) / (2 * Math.sqrt(years));
  return {
    delta: sign * normal(sign * d1),
    gamma: density / (spot * volatility * Math.sqrt(years)),
    theta: (decay - carry) / DAYS_A_YEAR,
    vega: (spot * density * Math.sqrt(years)) / 100,
    rho: (sign * strike * years * discount * normal(sign * d2)) / 100,
    phi: (-sign * years * spot * normal(sign * d1)) / 100,
  };
}

function terms({ spot, strike, years, volatility }: OptionInputs) {
  const spread = volatility * Math.sqrt(years);
  const d1 = (Math.log(spot / strike) + (RATE + volatility ** 2 / 2) * years) / spread;
  return { d1, d2: d1 - spread, discount: Math.exp(-RATE * years) };
}

/** The normal distribution, right to seven places (Abramowitz and Stegun 26.2.17). */
function normal(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return x >= 0 ? 1 - tail : tail;
}
