import { formatNumber } from '../../domain/money.ts';
import { onTick } from '../../domain/tick.ts';
import { misplaced } from '../bracket-sides.ts';
import { orderPrice, tradable } from '../price.ts';
import type { Rule } from '../rule.ts';
import { isEntry, pass, refuse } from '../rule.ts';

const NAME = 'bracket';

/** What closes the position an entry opens stands on the right side of its price, on a valid tick. */
export const rule: Rule = ({ intent, quote }) => {
  const { bracket } = intent;
  if (!isEntry(intent)) return pass(NAME, 'an exit opens nothing to protect');
  if (!bracket) return pass(NAME, 'the order asks for no stop loss and no take profit');
  if (intent.type === 'market') {
    const message = 'a market order cannot lead a bracket: the broker takes a limit there';
    return refuse(NAME, message, { field: 'type', value: intent.type, limit: 'limit' });
  }
  if (bracket.trail !== undefined && bracket.stopLoss === undefined) {
    return refuse(NAME, 'a stop that trails needs a price to begin at', { field: 'stopLoss' });
  }
  const entry = intent.type === 'stop' ? intent.stop : (intent.price ?? orderPrice(intent, quote));
  if (!tradable(entry)) return refuse(NAME, 'the price of the entry is not known', { field: 'price' });
  for (const field of ['stopLoss', 'stopLossLimit', 'takeProfit'] as const) {
    const price = bracket[field];
    if (price === undefined) continue;
    const figures = { [field]: price, entry };
    if (!tradable(price) || !onTick(price)) {
      return refuse(NAME, `${field} is not a price on a valid tick`, {
        field,
        value: String(price),
        figures,
      });
    }
    const wrong = misplaced(intent.side, field, price, { low: entry, high: entry }, bracket.stopLoss);
    if (wrong !== null) return refuse(NAME, wrong, { field, value: price, limit: entry, figures });
  }
  const parts = [
    bracket.stopLoss === undefined ? '' : `stop loss ${formatNumber(bracket.stopLoss, 2, 4)}`,
    bracket.takeProfit === undefined ? '' : `take profit ${formatNumber(bracket.takeProfit, 2, 4)}`,
  ].filter((part) => part !== '');
  return pass(NAME, `${parts.join(' and ')} around the entry at ${formatNumber(entry, 2, 4)}`);
};
