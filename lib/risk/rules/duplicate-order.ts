import type { Rule } from '../rule.ts';
import { exitPasses, isEntry, known, pass, refuse, secondsText } from '../rule.ts';

const NAME = 'duplicate-order';
const FIELD = 'duplicateWindowSeconds';

/**
 * A second entry of the same strategy, symbol and side so soon is more likely a repeated alert than a plan.
 * Exits pass: shares already on their way out are not sold again (`no-cross-zero`), and a stop that follows a
 * partial exit must not wait out a window. Targets pass: a position wanted twice is ordered once (`target-moved`).
 */
export const rule: Rule = ({ intent, sinceSimilarMs }, policy) => {
  if (!isEntry(intent)) return exitPasses(NAME, 'the duplicate window');
  if (intent.target !== undefined) return pass(NAME, 'a target position asked for twice is ordered once');
  const limit = policy.duplicateWindowSeconds;
  const whose = `${intent.side} of ${intent.symbol}${intent.strategy === '' ? '' : ` by ${intent.strategy}`}`;
  if (sinceSimilarMs === null) return pass(NAME, `no ${whose} before this one`, { field: FIELD, limit });
  if (!known(sinceSimilarMs) || sinceSimilarMs < 0) {
    return refuse(NAME, `when the last ${whose} was approved is not known`, { field: FIELD, limit });
  }
  const detail = { field: FIELD, limit, value: sinceSimilarMs / 1000 };
  const window = secondsText(limit * 1000);
  const text = `the last ${whose} was approved ${secondsText(sinceSimilarMs)} ago`;
  return sinceSimilarMs >= limit * 1000
    ? pass(NAME, `${text}, outside the window of ${window}`, detail)
    : refuse(NAME, `${text}; within ${window} it counts as a duplicate (${FIELD})`, detail);
};
