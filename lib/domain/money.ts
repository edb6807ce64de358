/**
 * Cash and P&L as a whole number of 1/10,000 dollar, so that sums are exact.
 * The brand keeps a dollar amount (a plain number, as on the wire) from being added to it by mistake.
 */
export type Money = number & { readonly __unit: '1/10000 USD' };

const UNITS = 10_000;
export const ZERO = 0 as Money;

/** From dollars, rounded to the nearest unit, halves away from zero. Throws on NaN and Infinity. */
export function money(dollars: number): Money {
  if (!Number.isFinite(dollars)) throw new RangeError(`money: ${dollars} is not a finite number of dollars`);
  return round(dollars * UNITS);
}

/** price (dollars) x quantity, rounded once. */
export function amount(price: number, quantity: number): Money {
  if (!Number.isFinite(price) || !Number.isFinite(quantity)) {
    throw new RangeError(`amount: ${price} x ${quantity} is not finite`);
  }
  return round(price * quantity * UNITS);
}

export function add(...parts: Money[]): Money {
  let sum = 0;
  for (const part of parts) sum += part;
  return sum as Money;
}

export function subtract(a: Money, b: Money): Money {
  return (a - b) as Money;
}

/** a x factor, rounded: for percentages and collars. */
export function scale(a: Money, factor: number): Money {
  return round(a * factor);
}

export function toDollars(a: Money): number {
  return a / UNITS;
}

/** "41,230.00"; with a minus for debts. */
export function formatMoney(a: Money): string {
  return formatDollars(toDollars(a));
}

/** "41,230.00"; halves away from zero. */
export function formatDollars(dollars: number): string {
  return formatNumber(dollars, 2, 2);
}

/**
 * A number with thousands separators and between `least` and `most` decimals (at most 6), halves away from zero.
 * By hand, because the risk gate writes a dozen sentences per order and Intl takes longer than all its rules.
 */
export function formatNumber(value: number, least: number, most: number): string {
  const unit = 10 ** most;
  const exact = Math.abs(value) * unit;
  const units = Math.round(exact + Number.EPSILON * exact);
  if (!Number.isSafeInteger(units)) {
    return value.toLocaleString('en-US', { minimumFractionDigits: least, maximumFractionDigits: most });
  }
  const whole = Math.floor(units / unit);
  const text = groupThousands(whole);
  const sign = value < 0 && units > 0 ? '-' : '';
  if (most === 0) return sign + text;
  let decimals = String(units - whole * unit).padStart(most, '0');
  let length = most;
  while (length > least && decimals.charCodeAt(length - 1) === 48) length--;
  if (length < most) decimals = decimals.slice(0, length);
  return length === 0 ? sign + text : `${sign}${text}.${decimals}`;
}

function groupThousands(whole: number): string {
  const digits = String(whole);
  let first = digits.length % 3 || 3;
  let text = digits.slice(0, first);
  for (; first < digits.length; first += 3) text += `,${digits.slice(first, first + 3)}`;
  return text;
}

function round(units: number): Money {
  const rounded = Math.sign(units) * Math.round(Math.abs(units) + Number.EPSILON * Math.abs(units));
  if (!Number.isSafeInteger(rounded)) throw new RangeError(`money: ${units} units are too large to be exact`);
  return (rounded === 0 ? 0 : rounded) as Money;
}
