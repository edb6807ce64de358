import { tickOf, toTick } from '../domain/tick.ts';
import { orderPrice } from '../risk/price.ts';
import { percentText, priced, priceText, type Reckoned, sized, type TurnedDown, turnDown } from './answer.ts';
import {
  asksForBracket,
  collarOf,
  type EntryPrices,
  type PlannedBracket,
  planBracket,
  type Wanted,
  wanted,
} from './bracket.ts';
import type { Placing, Protection, Sized, SizingContext } from './contract.ts';
import { placingOf } from './placing.ts';

/** An entry as it would be placed, before its quantity is known. */
export interface EntryPlan {
  side: 'buy' | 'sell_short';
  placing: Placing;
  /** What one share is taken to cost, dollars; null when no price is known. */
  price: number | null;
  protection: PlannedBracket | null;
  notes: string[];
}

/** Its placing and its bracket; a market order that leads a bracket becomes a marketable limit. */
export function planEntry(
  context: SizingContext,
  side: EntryPlan['side'],
  settings: Protection,
): EntryPlan | TurnedDown {
  const asked = placingOf(context, side);
  if ('refusal' in asked) return asked;
  const want = wanted(context.signal, settings);
  if (!asksForBracket(want)) {
    const price = priceOf(context, side, asked);
    return { side, placing: asked, price, protection: null, notes: want.notes };
  }
  if (asked.duration === 'pre' || asked.duration === 'post') {
    const message = `an order of the extended hours (${asked.duration}) takes no stop or target with it: the broker holds no group then`;
    return turnDown('extended-hours', message, { field: 'duration', value: asked.duration });
  }
  const lead =
    asked.type === 'market' ? marketable(context, side, settings, want) : { placing: asked, notes: [] };
  if ('refusal' in lead) return lead;
  const prices = entryPrices(context, side, asked, lead.placing);
  const protection = planBracket(context, settings, want, prices);
  if ('refusal' in protection) return protection;
  const { placing } = lead;
  const notes = [...lead.notes, ...protection.notes];
  return { side, placing, price: priceOf(context, side, placing), protection, notes };
}

/** The order of a plan for so many shares. */
export function entryOf(plan: EntryPlan, reckoned: Reckoned): Sized {
  const { protection, notes, placing, side } = plan;
  const because = [reckoned.because, ...notes].join('; ');
  const figures = { ...reckoned.figures, ...protection?.figures };
  const order = sized(side, false, placing, { ...reckoned, because, figures });
  return order.kind === 'sized' && protection ? { ...order, bracket: protection.bracket } : order;
}

/** As the risk gate will value it; without a quote for it, the last trade. */
function priceOf({ quote }: SizingContext, side: EntryPlan['side'], placing: Placing): number | null {
  const price = orderPrice({ side, ...placing }, quote);
  if (price !== null) return price;
  return placing.type === 'market' && priced(quote?.last) ? quote.last : null;
}

/**
 * The broker takes no market order as the first of a group. Its limit is the collar away from the quote, and nearer where
 * a take profit stands nearer than the collar reaches, but always at the quote at least.
 */
function marketable(
  context: SizingContext,
  side: EntryPlan['side'],
  settings: Protection,
  want: Wanted,
): { placing: Placing; notes: string[] } | TurnedDown {
  const long = side === 'buy';
  const near = long ? context.quote?.ask : context.quote?.bid;
  const name = long ? 'ask' : 'bid';
  if (!priced(near)) {
    const message = `there is no ${name} of ${context.signal.symbol} to set the limit of a protected market order by`;
    return turnDown('missing-figure', message, { field: 'quote' });
  }
  const [down, up] = long ? (['down', 'up'] as const) : (['up', 'down'] as const);
  const sign = long ? 1 : -1;
  const least = toTick(near, up);
  const collar = collarOf(context, settings);
  const collared = further(sign, toTick(near * (1 + (sign * collar) / 100), down), least);
  const asked: Placing = { type: 'market', duration: 'day' };
  const tightest = entryPrices(context, side, asked, { ...asked, type: 'limit', price: least });
  const plan = planBracket(context, settings, want, tightest);
  if ('refusal' in plan) return plan;
  const { takeProfit } = plan.bracket;
  const inside = takeProfit === undefined ? collared : toTick(takeProfit - sign * tickOf(takeProfit), down);
  const reaches = sign * (collared - inside) > 0;
  const price = reaches ? further(sign, inside, least) : collared;
  const where = `${percentText(collar)} ${long ? 'above' : 'below'} the ${name} ${priceText(near)}`;
  const room = reaches
    ? `the collar of ${where} would reach its take profit ${priceText(takeProfit ?? 0)}`
    : `at most ${where}`;
  const note = `sent as a limit at ${priceText(price)}, ${room}: the broker takes no market order that leads a bracket`;
  return { placing: { type: 'limit', price, duration: 'day' }, notes: [note] };
}

/** Of two prices the one that fills more: the higher one of a buy, the lower one of a sale. */
function further(sign: number, one: number, other: number): number {
  return sign * (one - other) >= 0 ? one : other;
}

/** Where the entry may fill, and where it could be closed again at once. */
function entryPrices(
  { quote }: SizingContext,
  side: EntryPlan['side'],
  asked: Placing,
  placing: Placing,
): EntryPrices {
  const long = side === 'buy';
  const near = long ? quote?.ask : quote?.bid;
  const far = long ? quote?.bid : quote?.ask;
  const limit = placing.price ?? placing.stop ?? Number.NaN;
  const first = placing.stop ?? limit;
  const reference = asked.type === 'market' && priced(near) ? near : first;
  const meets = placing.type === 'limit' && priced(near) && (long ? limit >= near : limit <= near);
  const edges = [limit, first, ...(meets ? [near, ...(priced(far) ? [far] : [])] : [])];
  return { side, reference, low: Math.min(...edges), high: Math.max(...edges) };
}
