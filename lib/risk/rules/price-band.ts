import { formatNumber } from '../../domain/money.ts';
import type { Check } from '../context.ts';
import { POLICY_FIELDS } from '../policy.ts';
import { tradable } from '../price.ts';
import type { Rule } from '../rule.ts';
import { isEntry, pass, percentOver, percentText, refuse, within } from '../rule.ts';
import { staleness } from './quote-freshness.ts';

const NAME = 'price-band';
const FIELD = 'priceBandPercent';

/**
 * A limit price belongs near the quote: the ask for a buy, the bid for a sale, else the last trade. An entry may be
 * off in neither direction: too far one way overpays, too far the other is a typing error that would rest unseen.
 * An exit is refused only when it would sell too cheaply or cover too dearly; the other way is where a profit is taken.
 * For exits the age that makes a quote comparable is fixed: if it came from the policy, a stricter one would let more
 * pass. The limit of a stop_limit belongs near its own trigger, wherever that is; an exit's may give way as far as it
 * likes, because it has to get out.
 */
export const rule: Rule = ({ intent, quote }, policy) => {
  const { type, price, stop } = intent;
  const limited = type === 'limit' || type === 'stop_limit';
  const triggered = type === 'stop' || type === 'stop_limit';
  if (limited ? !tradable(price) : price !== undefined && !tradable(price)) {
    return refuse(NAME, `the limit price of a ${type} order must be a number above 0`, {
      field: 'price',
      value: String(price),
    });
  }
  if (triggered ? !tradable(stop) : stop !== undefined && !tradable(stop)) {
    return refuse(NAME, `the stop price of a ${type} order must be a number above 0`, {
      field: 'stop',
      value: String(stop),
    });
  }
  if (!limited || price === undefined) return pass(NAME, 'no limit price to compare');
  const entry = isEntry(intent);
  if (type === 'stop_limit' && tradable(stop))
    return nearTrigger(price, stop, entry, policy.priceBandPercent);
  const sells = intent.side === 'sell' || intent.side === 'sell_short';
  const limit = policy.priceBandPercent;
  const stale = staleness(quote, entry ? policy.quoteMaxAgeSeconds : POLICY_FIELDS.quoteMaxAgeSeconds.max);
  const near = sells ? quote?.bid : quote?.ask;
  const reference = tradable(near) ? near : quote?.last;
  if (stale !== null || !tradable(reference)) {
    const why = `the limit price cannot be compared: ${stale ?? 'the quote has no price'}`;
    return entry ? refuse(NAME, why, { field: FIELD, limit }) : pass(NAME, `${why}; an exit passes`);
  }
  const off = ((price - reference) / reference) * 100;
  const distance = Math.abs(off);
  const side = off < 0 ? 'below' : 'above';
  const quoted = `${tradable(near) ? (sells ? 'bid' : 'ask') : 'last'} ${formatNumber(reference, 2, 4)}`;
  const text = `limit ${formatNumber(price, 2, 4)} is`;
  const detail = { field: FIELD, limit, value: distance, figures: { price, reference } };
  if (within(distance, limit)) {
    return pass(
      NAME,
      `${text} ${percentText(distance)} ${side} the ${quoted}, within ${percentText(limit)}`,
      detail,
    );
  }
  const far = `${text} ${percentOver(distance, limit)} ${side} the ${quoted}`;
  if (!entry && (sells ? off > 0 : off < 0))
    return pass(NAME, `${far}; an exit may wait for a better price`, detail);
  return refuse(NAME, `${far}; the limit is ${percentText(limit)} (${FIELD})`, detail);
};

function nearTrigger(price: number, stop: number, entry: boolean, limit: number): Check {
  const distance = (Math.abs(price - stop) / stop) * 100;
  const detail = { field: FIELD, limit, value: distance, figures: { price, stop } };
  const near = within(distance, limit);
  const percent = near || !entry ? percentText(distance) : percentOver(distance, limit);
  const text = `limit ${formatNumber(price, 2, 4)} is ${percent} from its stop ${formatNumber(stop, 2, 4)}`;
  if (near) return pass(NAME, `${text}, within ${percentText(limit)}`, detail);
  if (!entry) return pass(NAME, `${text}; an exit passes`, detail);
  return refuse(NAME, `${text}; the limit is ${percentText(limit)} (${FIELD})`, detail);
}
