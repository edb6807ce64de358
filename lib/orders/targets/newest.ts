import type { TargetRecord } from '../journal/targets.ts';

export type Dated = Pick<TargetRecord, 'quantity' | 'firedAt' | 'receivedAt' | 'held'> & {
  signal: Pick<TargetRecord['signal'], 'previous'>;
};

/**
 * The target that stands, of those of one book and symbol in order of arrival. Later fired is newer. Senders stamp whole
 * seconds: of the same time, one that starts from the position another one wanted came after it, so the newest is where
 * that chain ends. A chain that is a circle begins at what the book held when its first link came. What is still
 * open the receipt decides.
 */
export function newestOf<T extends Dated>(targets: readonly T[]): T | null {
  const last = Math.max(...targets.map(({ firedAt }) => firedAt));
  const group = targets.filter(({ firedAt }) => firedAt === last);
  const ends = group.filter((one) => !group.some((other) => other !== one && follows(other, one)));
  if (ends.length > 0) return lastReceived(ends);
  const [start, ...more] = group.filter(({ signal }) => signal.previous === group[0]?.held);
  if (start === undefined || more.length > 0) return lastReceived(group);
  return lastReceived(group.filter((one) => follows(start, one)));
}

function follows(after: Dated, before: Dated): boolean {
  return after.signal.previous === before.quantity;
}

function lastReceived<T extends Dated>(targets: readonly T[]): T | null {
  let newest: T | null = null;
  for (const one of targets) if (newest === null || one.receivedAt >= newest.receivedAt) newest = one;
  return newest;
}
