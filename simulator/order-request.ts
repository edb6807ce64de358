import type { EpochMs } from '../lib/domain/clock.ts';
import {
  type Duration,
  durationSchema,
  type OrderType,
  orderTypeSchema,
  sideSchema,
} from '../lib/domain/order.ts';
import type { NewOrder, NewOrderGroup, OrderChange } from '../lib/exchange/contract.ts';
import { sessionAt } from '../lib/market/calendar.ts';
import { InvalidParameter } from './errors.ts';
import type { Params } from './http.ts';

/** What the parameters of a request say, or InvalidParameter in Tradier's words. What they mean is the exchange's business. */

const LEGS: Record<NewOrderGroup['class'], number> = { oto: 2, oco: 2, otoco: 3 };
const OPTION_CLASSES = ['option', 'multileg', 'combo'];

export function requestedOrder(params: Params, now: EpochMs): NewOrder | NewOrderGroup {
  const kind = params.get('class')?.toLowerCase();
  if (kind === 'equity') {
    return { ...requestedLeg(params, '', now), ...requestedTag(params) };
  }
  if (kind === 'oto' || kind === 'oco' || kind === 'otoco') {
    const legs = requestedLegs(params, LEGS[kind], now);
    return { class: kind, legs, ...requestedTag(params) };
  }
  throw new InvalidParameter(
    'class',
    kind !== undefined && OPTION_CLASSES.includes(kind)
      ? `${kind} is not available in this simulator, only equity, oto, oco and otoco.`
      : 'is not valid.',
  );
}

/** What a PUT changes; other parameters, the quantity among them, are ignored as unknown ones are everywhere. */
export function requestedChange(params: Params): OrderChange {
  const type = params.get('type') === undefined ? undefined : oneOf(params, 'type', orderTypeSchema.options);
  const duration =
    params.get('duration') === undefined ? undefined : oneOf(params, 'duration', durationSchema.options);
  const price = decimal(params, 'price');
  const stop = decimal(params, 'stop');
  return {
    ...(type === undefined ? {} : { type }),
    ...(duration === undefined ? {} : { duration }),
    ...(price === undefined ? {} : { price }),
    ...(stop === undefined ? {} : { stop }),
  };
}

/** Legs are numbered from 0, and a symbol for all of them is an error. */
function requestedLegs(params: Params, count: number, now: EpochMs): NewOrder[] {
  if (params.get('symbol') !== undefined) throw new InvalidParameter('symbol', 'is not valid.');
  // A leg too many must not be dropped in silence: it may be the stop.
  if (params.get(`symbol[${count}]`) !== undefined)
    throw new InvalidParameter(`symbol[${count}]`, 'is not valid.');
  return Array.from({ length: count }, (_, index) => {
    const leg = requestedLeg(params, `[${index}]`, now);
    if (leg.duration === 'pre' || leg.duration === 'post')
      throw new InvalidParameter(durationKey(params, `[${index}]`), 'is not valid.');
    return leg;
  });
}

/** `index` is `[1]` for a leg, nothing for an order of its own. */
function requestedLeg(params: Params, index: string, now: EpochMs): NewOrder {
  const symbol = params.get(`symbol${index}`);
  if (symbol === undefined) throw new InvalidParameter(`symbol${index}`, 'is required.');
  if (index !== '' && params.get(`option_symbol${index}`) !== undefined)
    throw new InvalidParameter(`option_symbol${index}`, 'options are not available in this simulator.');
  const side = oneOf(params, `side${index}`, sideSchema.options);
  const quantity = wholeShares(params, `quantity${index}`);
  const type = oneOf(params, `type${index}`, orderTypeSchema.options);
  const duration = requestedDuration(params, index, now);
  // A price that the type has no use for is one of the unused parameters clients send along.
  const price = hasPrice(type) ? decimal(params, `price${index}`) : undefined;
  const stop = hasStop(type) ? decimal(params, `stop${index}`) : undefined;
  return {
    symbol: symbol.toUpperCase(),
    side,
    quantity,
    type,
    ...(price === undefined ? {} : { price }),
    ...(stop === undefined ? {} : { stop }),
    duration,
  };
}

function hasPrice(type: OrderType): boolean {
  return type === 'limit' || type === 'stop_limit';
}

function hasStop(type: OrderType): boolean {
  return type === 'stop' || type === 'stop_limit';
}

/** Pre-market and post-market orders are taken only while their session runs. */
function requestedDuration(params: Params, index: string, now: EpochMs): Duration {
  const key = durationKey(params, index);
  const duration = oneOf(params, key, durationSchema.options);
  const state = sessionAt(now);
  if ((duration === 'pre' && state !== 'premarket') || (duration === 'post' && state !== 'postmarket'))
    throw new InvalidParameter(key, `${duration} market no longer available.`);
  return duration;
}

/** A leg's own duration, or the one common to all. */
function durationKey(params: Params, index: string): string {
  return params.get(`duration${index}`) === undefined ? 'duration' : `duration${index}`;
}

function oneOf<T extends string>(params: Params, name: string, accepted: readonly T[]): T {
  const value = accepted.find((word) => word === params.get(name)?.toLowerCase());
  if (value === undefined) throw new InvalidParameter(name, 'is not valid.');
  return value;
}

/** Whole shares; how many are too many is the exchange's business. */
function wholeShares(params: Params, name: string): number {
  const text = params.get(name) ?? '';
  if (!/^-?\d{1,12}(?:\.0*)?$/.test(text)) throw new InvalidParameter(name, 'is not valid.');
  return Number(text);
}

function decimal(params: Params, name: string): number | undefined {
  const text = params.get(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d*\.?\d*$/.test(text) || !(value > 0 && value < 1e9))
    throw new InvalidParameter(name, 'is not valid.');
  return value;
}

function requestedTag(params: Params): { tag?: string } {
  const tag = params.get('tag');
  if (tag === undefined) return {};
  if (tag.length > 255) throw new InvalidParameter('tag', 'contains more than 255 characters.');
  if (!/^[A-Za-z0-9-]+$/.test(tag)) throw new InvalidParameter('tag', 'contains invalid characters.');
  return { tag };
}
