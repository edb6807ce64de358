import type { Bracket } from '../domain/order.ts';
import type { Signal } from '../domain/signal.ts';
import { tickOf, toTick } from '../domain/tick.ts';
import type { Figures } from '../domain/trace.ts';
import { type EntryRange, misplaced } from '../risk/bracket-sides.ts';
import { known, percentText, priceText, type TurnedDown, turnDown } from './answer.ts';
import type { Away, Protection, ProtectionRule, SizingContext } from './contract.ts';

/** Where a bracket is measured from, and the entry it has to stand around. */
export interface EntryPrices extends EntryRange {
  side: 'buy' | 'sell_short';
  /** Percentages and multiples count from here: the limit, the stop, or the quote a market order meets. */
  reference: number;
}

export interface PlannedBracket {
  bracket: Bracket;
  /** Dollars a share from the worst fill to the stop loss; null without one. */
  stopDistance: number | null;
  /** True when the signal named the stop, false when it is the node's. */
  stopFromSignal: boolean;
  notes: string[];
  figures: Figures;
}

type Level = { price?: number | undefined } & Partial<
  Record<'percent' | 'dollars' | 'atr', number | undefined>
>;

/** What of a bracket the signal and the node ask for, before any price is known. */
export interface Wanted {
  stopLoss: { level: Level; fromSignal: boolean; limited: boolean; limitPrice?: number } | null;
  takeProfit: Level | null;
  trail: Level | 'its stop' | null;
  notes: string[];
}

/** The signal goes before the node, part by part; what the node rules out is said. */
export function wanted(signal: Signal, protection: Protection): Wanted {
  const notes: string[] = [];
  const unused = (rule: ProtectionRule, given: unknown, what: string) => {
    if (rule === 'none' && given !== undefined)
      notes.push(`the ${what} of the signal is not used: this node sets none`);
  };
  unused(protection.stopLoss, signal.stopLoss, 'stop loss');
  unused(protection.takeProfit, signal.takeProfit, 'take profit');
  unused(protection.trail, signal.trail, 'trailing stop');
  const loss = protection.stopLoss === 'none' ? undefined : signal.stopLoss;
  const own = away(protection.stopLoss);
  const level = loss ?? own;
  const limited = loss !== undefined && (loss.type === 'stop_limit' || loss.limitPrice !== undefined);
  const trails = loss?.type === 'trailing_stop' && protection.trail !== 'none';
  const trail = protection.trail === 'none' ? null : signal.trail;
  const ownTrail = away(protection.trail);
  return {
    stopLoss: level
      ? {
          level,
          fromSignal: loss !== undefined,
          limited,
          ...(loss?.limitPrice === undefined ? {} : { limitPrice: loss.limitPrice }),
        }
      : null,
    takeProfit: (protection.takeProfit === 'none' ? null : signal.takeProfit) ?? away(protection.takeProfit),
    trail: trail
      ? { dollars: trail.amount, percent: trail.percent, atr: trail.atr }
      : trails
        ? 'its stop'
        : ownTrail,
    notes,
  };
}

function away(rule: ProtectionRule): Away | null {
  return typeof rule === 'string' ? null : rule;
}

export function asksForBracket({ stopLoss, takeProfit, trail }: Wanted): boolean {
  return stopLoss !== null || takeProfit !== null || trail !== null;
}

/** True when a distance of it is a multiple of the ATR. */
export function needsAtr({ stopLoss, takeProfit, trail }: Wanted): boolean {
  const levels = [stopLoss?.level, takeProfit, trail === 'its stop' ? null : trail];
  return levels.some((level) => level?.atr !== undefined && level.price === undefined);
}

/**
 * The prices of a bracket, each on the tick nearer the entry, so that neither loses more nor waits longer than was asked
 * for; or why one of them cannot stand.
 */
export function planBracket(
  context: SizingContext,
  protection: Protection,
  want: Wanted,
  entry: EntryPrices,
): PlannedBracket | TurnedDown {
  const { side, reference } = entry;
  const long = side === 'buy';
  const sign = long ? 1 : -1;
  const bracket: Bracket = { duration: protection.duration };
  const notes = [...want.notes];
  const figures: Figures = { reference };
  const trail =
    want.trail === null || want.trail === 'its stop'
      ? null
      : distance(context, want.trail, reference, 'trail');
  if (trail !== null && 'refusal' in trail) return trail;

  const loss =
    want.stopLoss ??
    (trail ? { level: { dollars: trail.dollars }, fromSignal: false, limited: false } : null);
  const stopFromSignal = want.stopLoss?.fromSignal ?? context.signal.trail !== undefined;
  if (loss) {
    const at = priceOf(context, loss.level, reference, -sign, 'stopLoss');
    if ('refusal' in at) return at;
    bracket.stopLoss = toTick(at.price, long ? 'up' : 'down');
    notes.push(`stop loss ${priceText(bracket.stopLoss)} (${at.words})`);
    if (loss.limited) {
      const collar = bracket.stopLoss * (1 - (sign * collarOf(context, protection)) / 100);
      bracket.stopLossLimit = toTick(loss.limitPrice ?? collar, long ? 'down' : 'up');
      notes.push(`its limit ${priceText(bracket.stopLossLimit)}`);
    }
  }
  if (trail || want.trail === 'its stop') {
    const dollars = trail ? trail.dollars : Math.abs(reference - (bracket.stopLoss ?? reference));
    bracket.trail = steps(dollars, tickOf(reference));
    notes.push(`trailing by ${priceText(bracket.trail)}`);
    figures.trail = bracket.trail;
  }
  if (want.takeProfit) {
    const at = priceOf(context, want.takeProfit, reference, sign, 'takeProfit');
    if ('refusal' in at) return at;
    bracket.takeProfit = toTick(at.price, long ? 'down' : 'up');
    notes.push(`take profit ${priceText(bracket.takeProfit)} (${at.words})`);
  }
  for (const field of ['stopLoss', 'stopLossLimit', 'takeProfit'] as const) {
    const price = bracket[field];
    if (price === undefined) continue;
    figures[field] = price;
    const wrong =
      price > 0 ? misplaced(side, field, price, entry, bracket.stopLoss) : `${field} would be ${price}`;
    if (wrong !== null) {
      const edge = price < reference ? entry.low : entry.high;
      return { ...turnDown('bracket', wrong, { field, value: price, limit: edge }), figures };
    }
  }
  const worst = long ? entry.high : entry.low;
  const stopDistance = bracket.stopLoss === undefined ? null : sign * (worst - bracket.stopLoss);
  return { bracket, stopDistance, stopFromSignal, notes, figures };
}

/** Percent; the policy's price band would refuse a wider one. */
export function collarOf({ priceBandPercent }: SizingContext, { collarPercent }: Protection): number {
  return Math.min(collarPercent, priceBandPercent ?? collarPercent);
}

function priceOf(
  context: SizingContext,
  level: Level,
  reference: number,
  direction: number,
  field: string,
): { price: number; words: string } | TurnedDown {
  if (level.price !== undefined) return { price: level.price, words: 'as asked' };
  const from = distance(context, level, reference, field);
  if ('refusal' in from) return from;
  const price = reference + direction * from.dollars;
  if (price <= 0) {
    const message = `${from.words} from ${priceText(reference)} leaves no price above 0`;
    return turnDown('bracket', message, { field, value: price, limit: 0 });
  }
  return { price, words: `${from.words} from ${priceText(reference)}` };
}

function distance(
  { atr, signal }: SizingContext,
  { percent, dollars, atr: multiple }: Level,
  reference: number,
  field: string,
): { dollars: number; words: string } | TurnedDown {
  if (known(dollars)) return { dollars, words: priceText(dollars) };
  if (known(percent)) return { dollars: (reference * percent) / 100, words: percentText(percent) };
  if (!known(multiple)) {
    return turnDown('missing-figure', 'neither a price nor a distance is given', { field });
  }
  if (!known(atr) || atr <= 0) {
    const message = `the average true range of ${signal.symbol} over 14 days is not known`;
    return turnDown('missing-figure', message, { field: 'atr' });
  }
  return { dollars: multiple * atr, words: `${multiple} × ATR ${priceText(atr)}` };
}

/** Whole ticks of a distance, at least one. */
function steps(dollars: number, tick: number): number {
  const perDollar = Math.round(1 / tick);
  return Math.max(1, Math.floor(dollars * perDollar + 1e-6)) / perDollar;
}
