import { type ElapsedMs, type EpochMs, systemElapsed } from '../../lib/domain/clock.ts';

/** How long a node's place is kept: a deploy closes it just before it is opened again. */
const KEEP_MS = 10_000;

interface Place {
  key: string;
  at: EpochMs;
  left: ElapsedMs;
}

const places = new Map<string, Place>();

/** Up to which market time a node that closes has told everything. */
export function leavePlace(node: string, key: string, at: EpochMs): void {
  const left = systemElapsed.now();
  for (const [id, place] of places) if (left - place.left > KEEP_MS) places.delete(id);
  places.set(node, { key, at, left });
}

/** Where the same node on the same account left off a moment ago, so that a deploy at the close does not swallow it. */
export function takePlace(node: string, key: string): EpochMs | undefined {
  const place = places.get(node);
  places.delete(node);
  const isRecent = place?.key === key && systemElapsed.now() - place.left <= KEEP_MS;
  return isRecent ? place.at : undefined;
}
