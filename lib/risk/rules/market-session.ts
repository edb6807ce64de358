import type { Check, RiskContext } from '../context.ts';
import type { Rule } from '../rule.ts';
import { isEntry, pass, refuse } from '../rule.ts';

const NAME = 'market-session';

const WORDS: Record<string, string> = {
  premarket: 'in its pre-market session',
  postmarket: 'in its post-market session',
  closed: 'closed',
};

/**
 * Entries only in the regular session: an order sent outside it would rest until an opening nobody has priced.
 * An exit may rest, because holding longer than wanted is the greater risk.
 */
export const rule: Rule = ({ intent, session }) => {
  const { duration } = intent;
  if (duration === 'pre' || duration === 'post') return extended(duration, session);
  const detail = { value: session, limit: 'open' };
  if (session === 'open') return pass(NAME, 'the market is open', detail);
  const state = WORDS[session];
  const where = state === undefined ? 'whether the market is open is not known' : `the market is ${state}`;
  if (!isEntry(intent)) return pass(NAME, `${where}; an exit may wait at the broker for the open`, detail);
  return refuse(NAME, `${where}: entries are sent in the regular session only`, detail);
};

/** The broker takes an order of the extended hours only while they last, exits too. */
function extended(duration: 'pre' | 'post', session: RiskContext['session']): Check {
  const window = duration === 'pre' ? 'premarket' : 'postmarket';
  const detail = { value: session, limit: window };
  if (session === window)
    return pass(NAME, `the market is ${WORDS[window]}, where ${duration} orders work`, detail);
  const now = session === 'open' ? 'open' : (WORDS[session] ?? 'in a session that is not known');
  return refuse(NAME, `the market is ${now}: ${duration} orders are taken ${WORDS[window]} only`, detail);
}
