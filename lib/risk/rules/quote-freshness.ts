import type { RiskContext } from '../context.ts';
import type { Rule } from '../rule.ts';
import { exitPasses, isEntry, known, pass, refuse, secondsText, within } from '../rule.ts';

const NAME = 'quote-freshness';
const AGE = 'quoteMaxAgeSeconds';
const DELAY = 'allowDelayedQuotes';

/** Why this quote may not be relied on, or null: how lately it was confirmed, not when the price last changed. */
export function staleness(quote: RiskContext['quote'], maxAgeSeconds: number): string | null {
  if (quote === null) return 'there is no quote';
  if (!known(quote.ageMs) || quote.ageMs < 0) return 'when the quote was confirmed is not known';
  if (within(quote.ageMs, maxAgeSeconds * 1000)) return null;
  return `the quote was last confirmed ${secondsText(quote.ageMs)} ago`;
}

/** An entry needs a quote the feed confirmed lately, from a feed without delay unless the policy is for paper. */
export const rule: Rule = ({ intent, quote, live }, policy) => {
  if (!isEntry(intent)) return exitPasses(NAME, 'the age of the quote');
  const limit = policy.quoteMaxAgeSeconds;
  const stale = staleness(quote, limit);
  if (stale !== null || quote === null) {
    const age = quote !== null && known(quote.ageMs) ? { value: quote.ageMs / 1000 } : {};
    return refuse(NAME, `${stale}; entries need one within ${secondsText(limit * 1000)} (${AGE})`, {
      field: AGE,
      limit,
      ...age,
    });
  }
  const { ageMs, delayMs, bid, ask, last } = quote;
  if ([bid, ask, last].some((price) => price !== null && !known(price))) {
    return refuse(NAME, 'the quote holds a price that is not a number', { field: 'quote' });
  }
  if (!known(delayMs) || delayMs < 0) {
    return refuse(NAME, 'how far the feed is delayed is not known', { field: DELAY });
  }
  const figures = { ageMs, delayMs };
  if (delayMs > 0 && (live || policy.allowDelayedQuotes !== true)) {
    const why = live
      ? 'a live account does not trade on delayed quotes'
      : `the policy does not allow that (${DELAY})`;
    return refuse(NAME, `the feed is ${secondsText(delayMs)} behind the market; ${why}`, {
      field: DELAY,
      limit: 0,
      value: delayMs / 1000,
      figures,
    });
  }
  const behind = delayMs > 0 ? `, on a feed ${secondsText(delayMs)} behind the market` : '';
  return pass(NAME, `the quote was confirmed ${secondsText(ageMs)} ago${behind}`, {
    field: AGE,
    limit,
    value: ageMs / 1000,
    figures,
  });
};
