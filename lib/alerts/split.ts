import type { EpochMs } from '../domain/clock.ts';
import { type SplitRatio, splitPrice, splitShares } from '../domain/shares.ts';
import { type AlertSignal, type AlertTerms, onQuotes, type PriceAlert, type Progress } from './alert.ts';
import type { StoredAlert } from './store.ts';
import { fits } from './terms.ts';

/** Positions may tell of a split this much later than prices did; market time. */
const SAME_SPLIT_MS = 7 * 24 * 60 * 60_000;

/** An alert and what it saw, after the shares of its symbol were split; `same`: it was carried over this split before. */
export function splitAlert(
  { alert, progress }: StoredAlert,
  ratio: SplitRatio,
  at: EpochMs,
  told: 'by prices' | 'by positions',
): StoredAlert & { same: boolean } {
  const { carriedAt, ...seen } = progress;
  if (told === 'by positions' && carriedAt !== undefined && at - carriedAt < SAME_SPLIT_MS)
    return { alert, progress: seen, same: true };
  const last = seen.last && { ...seen.last, price: splitPrice(seen.last.price, ratio) };
  const next: Progress = {
    ...seen,
    ...(last === undefined ? {} : { last }),
    ...(told === 'by prices' ? { carriedAt: at } : {}),
  };
  if (onQuotes(alert.condition)) {
    // A price of old shares and one of new ones are no crossing.
    next.seenAt = seen.seenAt === null ? null : at;
    next.splitAt = at;
  }
  return { alert: { ...carried(alert, ratio), updatedAt: at }, progress: next, same: false };
}

/**
 * What an alert says in dollars or shares, for new shares. The terms of a node's dialog are not ours to change: such an
 * alert is paused, and its note says what to do.
 */
function carried(alert: PriceAlert, ratio: SplitRatio): PriceAlert {
  const terms = carriedTerms(alert, ratio);
  const changes = differences(alert, terms);
  if (changes.length === 0) return alert;
  const split = `${alert.symbol} was split ${ratio.newShares} for ${ratio.oldShares}`;
  const inNote = (verb: string) =>
    changes.map(({ name, old, now }) => `${name} ${verb} ${now} instead of ${old}`).join(', ');
  const paused = alert.status === 'active' ? 'paused' : alert.status;
  if (!fits({ ...alert, ...terms })) {
    const why = `${inNote('would be')}, which is beyond what an alert may say`;
    return { ...alert, status: paused, note: `${split}: ${why}, so it waits as it is.` };
  }
  if (alert.owner !== '') {
    const wish = `set ${inNote('to')} in its dialog, or resume it as it is`;
    return { ...alert, status: paused, note: `${split}, so the alert waits: ${wish}.` };
  }
  const { quantity = 1, target } = terms.signal ?? {};
  if (quantity === 0 || (target === 0 && alert.signal?.target !== 0)) {
    return { ...alert, status: paused, note: `${split}: of its signal's shares none are left, so it waits.` };
  }
  return { ...alert, ...terms, note: `${split}: ${inNote('is now')}.` };
}

function carriedTerms({ condition, value, signal }: AlertTerms, ratio: SplitRatio) {
  return {
    value: value === undefined ? undefined : carriedValue(condition, value, ratio),
    signal: signal === null ? null : carriedSignal(signal, ratio),
  };
}

function carriedValue(condition: AlertTerms['condition'], value: number, ratio: SplitRatio): number {
  // To a hundredth of a cent, as finely as anything is quoted.
  if (condition.startsWith('price_')) return Math.round(splitPrice(value, ratio) * 1e4) / 1e4;
  if (condition.startsWith('volume_')) return splitShares(value, ratio);
  return value;
}

/** Whole shares, as orders are; a fraction is left out. */
function carriedSignal(signal: AlertSignal, ratio: SplitRatio): AlertSignal {
  const { quantity, target } = signal;
  return {
    ...signal,
    ...(quantity === undefined ? {} : { quantity: Math.floor(splitShares(quantity, ratio)) }),
    ...(target === undefined ? {} : { target: Math.trunc(splitShares(target, ratio)) }),
  };
}

function differences(
  before: Pick<AlertTerms, 'value' | 'signal'>,
  after: Pick<AlertTerms, 'value' | 'signal'>,
) {
  const pairs = [
    { name: 'the level', old: before.value, now: after.value },
    { name: "the signal's quantity", old: before.signal?.quantity, now: after.signal?.quantity },
    { name: "the signal's target", old: before.signal?.target, now: after.signal?.target },
  ];
  return pairs.filter(({ old, now }) => old !== now);
}
