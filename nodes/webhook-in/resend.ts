import type { NodeAPI } from 'node-red';
import type { TradingAccount } from '../../lib/account.ts';
import type { Signal } from '../../lib/domain/signal.ts';
import type { AccountLink } from '../kit/account-link.ts';
import type { Lifetime } from '../kit/lifetime.ts';

/** Downstream nodes need a moment to be there after a start. */
const FIRST_MS = 250;
/** By then a permit that was given to a message the deploy dropped has expired. */
const SECOND_MS = 6_000;
/** Of more signals than these it is forgotten that they went out: what nothing decided then goes out again. */
const REMEMBERED = 1_000;

export interface ResendParts {
  RED: NodeAPI;
  life: Lifetime;
  account: AccountLink;
  source: string;
  maxAgeMs: number;
  emit: (signal: Signal, note: string) => void;
  /** Takes a signal that is new. */
  depart: (signal: Signal) => void;
}

/**
 * Lets accepted signals that nothing decided yet go out again after a start: of the process, or of the flows by a
 * deploy, which drops the messages on its way. To go out twice is harmless: a signal is ordered once.
 * Returns where new signals leave: behind what was accepted before the start.
 */
export function resendUndecided(parts: ResendParts): (signal: Signal) => void {
  const { RED, life, account, source, maxAgeMs, emit, depart } = parts;
  const out = new Set<string>();
  const behind: Signal[] = [];
  let first: object | null = null;

  const wentOut = ({ id }: Signal) => {
    out.add(id);
    const [oldest] = out;
    if (out.size > REMEMBERED && oldest !== undefined) out.delete(oldest);
  };
  const pass = (open: TradingAccount, only: ReadonlySet<string> | null): Set<string> => {
    const sent = new Set<string>();
    for (const signal of open.undecided(source, maxAgeMs)) {
      if (only ? !only.has(signal.id) : out.has(signal.id)) continue;
      wentOut(signal);
      sent.add(signal.id);
      emit(signal, ', accepted before the start and not decided yet');
    }
    return sent;
  };
  const passes = (open: TradingAccount, until: Lifetime) => {
    // What still waited for the pass before is undecided like the rest.
    for (const { id } of behind.splice(0)) out.delete(id);
    const own = {};
    first = own;
    until.after(FIRST_MS, () => {
      const sent = pass(open, null);
      if (sent.size > 0) until.after(SECOND_MS, () => void pass(open, sent));
      if (first !== own) return;
      first = null;
      for (const signal of behind.splice(0)) depart(signal);
    });
  };

  account.whenOpen(passes);
  const onStarted = () => {
    out.clear();
    const open = account.view().account;
    if (open && !life.closed) passes(open, life);
  };
  RED.events.on('flows:started', onStarted);
  life.own(() => void RED.events.removeListener('flows:started', onStarted));
  return (signal) => {
    wentOut(signal);
    if (first === null) depart(signal);
    else behind.push(signal);
  };
}
