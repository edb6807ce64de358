/** The smallest price step of US stocks: a cent from one dollar, a hundredth of a cent below. */
export function tickOf(price: number): number {
  return price >= 1 ? 0.01 : 0.0001;
}

/** True for a price in whole steps. */
export function onTick(price: number): boolean {
  const steps = price / tickOf(price);
  return Math.abs(steps - Math.round(steps)) < 1e-6;
}

/** The nearest price on a step that is not above (`down`) or not below (`up`); one that is on a step stays. */
export function toTick(price: number, direction: 'down' | 'up'): number {
  const perDollar = Math.round(1 / tickOf(price));
  const steps = price * perDollar;
  const near = Math.round(steps);
  const whole =
    Math.abs(steps - near) < 1e-6 ? near : direction === 'down' ? Math.floor(steps) : Math.ceil(steps);
  return whole / perDollar;
}
