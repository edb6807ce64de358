import { type EpochMs, isoTime } from '../domain/clock.ts';
import type { Inbox, SignalOutcome } from './inbox.ts';

/** One arrival, for the person who sets a webhook up. Holds nothing of the body of an unauthenticated one. */
export interface Arrival {
  at: EpochMs;
  from: string;
  status: number;
  /** `TradersPost: buy 10 AAPL`, or why it was refused. */
  what: string;
  /** The signal it became, or the one it repeats. */
  signal: string | null;
}

export interface ShownArrival {
  at: string;
  from: string;
  status: number;
  what: string;
  /** How often the same came in a row. */
  times: number;
  became: string;
}

const KEPT = 5;
/** Of these, from callers nobody knows: a flood of them does not push out what the owner looks for. */
const KEPT_STRANGERS = 2;
const STRANGERS: ReadonlySet<number> = new Set([401, 403, 429]);

/** The last few arrivals at one webhook, newest first. Repeated failures from one address are one line. */
export class Arrivals {
  #kept: (Arrival & { times: number })[] = [];

  add(arrival: Arrival): void {
    const [last] = this.#kept;
    if (
      last &&
      arrival.status !== 200 &&
      last.status === arrival.status &&
      last.from === arrival.from &&
      last.what === arrival.what
    ) {
      last.times += 1;
      last.at = arrival.at;
      return;
    }
    let strangers = 0;
    this.#kept = [{ ...arrival, times: 1 }, ...this.#kept]
      .filter(({ status }) => !STRANGERS.has(status) || ++strangers <= KEPT_STRANGERS)
      .slice(0, KEPT);
  }

  shown(source: string, inbox: Inbox | null): ShownArrival[] {
    return this.#kept.map(({ at, from, status, what, signal, times }) => ({
      at: isoTime(at),
      from,
      status,
      what,
      times,
      became: signal === null ? '' : becameOf(inbox, source, signal),
    }));
  }
}

function becameOf(inbox: Inbox | null, source: string, signal: string): string {
  let outcome: SignalOutcome | null;
  try {
    outcome = inbox?.outcome(source, signal) ?? null;
  } catch {
    return '';
  }
  if (!outcome) return '';
  const { state, refusals, order } = outcome;
  if (order) {
    return `${state}: ${order.side} ${order.quantity} ${order.symbol}, ${order.status}${order.reason ? `, ${order.reason}` : ''}`;
  }
  return refusals.length > 0 ? `${state}: ${refusals.map(({ message }) => message).join('; ')}` : state;
}
