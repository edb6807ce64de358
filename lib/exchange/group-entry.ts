import type { NewOrder, NewOrderGroup, OrderError } from './contract.ts';
import { refusal } from './refusal.ts';

const LEGS = { oto: 2, oco: 2, otoco: 3 } as const;

export function isGroup(order: NewOrder | NewOrderGroup): order is NewOrderGroup {
  return 'legs' in order;
}

/** The legs of which one cancels the other: all of an oco, the last two of an otoco, none of an oto. */
export function firstOfPair(kind: NewOrderGroup['class']): number {
  return kind === 'oco' ? 0 : kind === 'otoco' ? 1 : LEGS.oto;
}

/** True for a leg that is held until the first one is filled. */
export function isDependent(kind: NewOrderGroup['class'], index: number): boolean {
  return kind !== 'oco' && index > 0;
}

/** What speaks against the group itself; its legs are judged as orders besides. */
export function groupErrors({ class: kind, legs }: NewOrderGroup): OrderError[] {
  if (legs.length !== LEGS[kind])
    return [refusal('InvalidOrderClass', `${kind} has ${LEGS[kind]}, not ${legs.length}`)];
  const errors: OrderError[] = [];
  if (kind !== 'oco' && legs[0]?.type === 'market') errors.push(refusal('OtoFirstLegIsMarketNotAllowed'));
  const [one, other] = legs.slice(firstOfPair(kind));
  if (one === undefined || other === undefined) return errors;
  if (one.type === 'market' || other.type === 'market') errors.push(refusal('OtoOcoMarketNotAllowed'));
  else if (one.type === other.type) errors.push(refusal('OcoLegsOfTheSameType'));
  if (one.symbol !== other.symbol) errors.push(refusal('OcoLegsOfDifferentSymbols'));
  if (one.side !== other.side) errors.push(refusal('OcoOrderWithOppositeLegs'));
  if (one.duration !== other.duration) errors.push(refusal('OcoExpirationTypeNotTheSame'));
  return errors;
}
