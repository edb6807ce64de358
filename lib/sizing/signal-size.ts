import { formatMoney, money, scale } from '../domain/money.ts';
import { known, percentText, priced, sharesText, type TurnedDown, turnDown } from './answer.ts';
import type { SizingContext } from './contract.ts';
import type { ClosingSide } from './exit.ts';
import { affordable } from './methods.ts';

/** How many shares a signal asks to close, in whatever measure it says it; absent: all of them. */
export function askedToClose(
  context: SizingContext,
  side: ClosingSide,
  verb: string,
): { shares: number | undefined; why: string } | TurnedDown {
  const { signal, held, equity, quote } = context;
  const { quantity, sizing } = signal;
  const asks = `the signal asks ${verb}`;
  if (!sizing) {
    return quantity === undefined
      ? { shares: undefined, why: side === 'sell' ? 'sell all' : 'cover all' }
      : { shares: quantity, why: `${asks} ${sharesText(quantity)}` };
  }
  const { kind, value } = sizing;
  switch (kind) {
    case 'shares':
      return { shares: value, why: `${asks} ${sharesText(value)}` };
    case 'percent_of_position':
      return {
        shares: known(held) ? (Math.abs(held) * Math.min(value, 100)) / 100 : undefined,
        why: `${asks} ${percentText(value)} of the position`,
      };
    case 'cash':
    case 'percent_equity': {
      const near = side === 'sell' ? quote?.bid : quote?.ask;
      const price = priced(near) ? near : quote?.last;
      if (!priced(price)) {
        return turnDown('missing-figure', `there is no price of ${signal.symbol} to size by`, {
          field: 'quote',
        });
      }
      if (kind === 'percent_equity' && (!known(equity) || equity <= 0)) {
        return turnDown('missing-figure', 'the equity of the account is not known, or there is none', {
          field: 'equity',
        });
      }
      const cash = kind === 'cash' ? money(value) : scale(equity ?? money(0), value / 100);
      return { shares: affordable(cash, price), why: `${asks} for ${formatMoney(cash)}` };
    }
    case 'risk_percent':
      return turnDown(
        'missing-figure',
        'a risk sizes entries: an exit needs shares or a part of the position',
        {
          field: 'sizing',
          value: `${kind} ${value}`,
        },
      );
  }
}
