import { formatMoney, subtract, toDollars } from '../../domain/money.ts';
import type { Rule } from '../rule.ts';
import { exitPasses, isEntry, known, pass, refuse } from '../rule.ts';
import { worstCase } from '../worst-case.ts';

const NAME = 'buying-power';

/** The broker's figure, less what is promised to orders it does not count yet, covers the worst case of this one. */
export const rule: Rule = ({ intent, quote, buyingPower, reserved }, policy) => {
  if (!isEntry(intent)) return exitPasses(NAME, 'buying power');
  if (!known(buyingPower)) return refuse(NAME, 'the buying power is not known', { field: 'buyingPower' });
  if (!known(reserved) || reserved < 0) {
    return refuse(NAME, 'what is reserved for other orders is not known', { field: 'reserved' });
  }
  const cost = worstCase(intent, quote, policy.marketCollarPercent);
  if (cost === null) {
    return refuse(NAME, 'what the order could cost at worst is not known', { field: 'buyingPower' });
  }
  const available = subtract(buyingPower, reserved);
  const verb = cost <= available ? 'covers' : 'does not cover';
  const message = `buying power ${formatMoney(buyingPower)} ${verb} ${formatMoney(cost)} after ${formatMoney(reserved)} reserved`;
  const detail = {
    field: 'buyingPower',
    limit: toDollars(available),
    value: toDollars(cost),
    figures: {
      buyingPower: toDollars(buyingPower),
      reserved: toDollars(reserved),
      worstCase: toDollars(cost),
    },
  };
  return cost <= available ? pass(NAME, message, detail) : refuse(NAME, message, detail);
};
