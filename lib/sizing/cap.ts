import { formatMoney, toDollars } from '../domain/money.ts';
import { known, priceText, type Reckoned, type Reckoning, sharesText, turnDown } from './answer.ts';
import type { SizingContext } from './contract.ts';
import type { EntryPlan } from './entry.ts';
import { affordable } from './methods.ts';

/**
 * Cuts an entry down to what the policy allows in one order, and says so. The value cap needs a price; without one
 * nothing is cut here, and risk-check refuses the order for the missing quote.
 */
export function cap({ caps }: SizingContext, { price }: EntryPlan, reckoned: Reckoned): Reckoning {
  const { maxOrderQuantity, maxOrderValue } = caps;
  let { quantity, because } = reckoned;
  const figures = { ...reckoned.figures };
  if (maxOrderQuantity !== null && !(quantity <= maxOrderQuantity)) {
    quantity = Math.floor(maxOrderQuantity);
    because += `; cut to ${sharesText(quantity)}, the policy’s shares per order`;
    figures.maxOrderQuantity = maxOrderQuantity;
    if (!(quantity >= 1)) return none(because, 'maxOrderQuantity', maxOrderQuantity);
  }
  if (maxOrderValue !== null && price !== null) {
    const most = known(maxOrderValue) ? affordable(maxOrderValue, price) : 0;
    if (quantity > most) {
      quantity = most;
      because += `; cut to ${sharesText(most)} at ${priceText(price)}, the policy’s value per order being ${formatMoney(maxOrderValue)}`;
      figures.maxOrderValue = toDollars(maxOrderValue);
      figures.price = price;
      if (most < 1) return none(because, 'maxOrderValue', toDollars(maxOrderValue));
    }
  }
  return { quantity, because, figures };
}

function none(because: string, field: string, limit: number): Reckoning {
  return turnDown('below-one-share', `${because}: less than one whole share (${field})`, { field, limit });
}
