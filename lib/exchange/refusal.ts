import type { OrderError } from './contract.ts';

/** What is said with each code; a code that Tradier does not have is explained in contract.ts. */
const SENTENCES = {
  SecurityUndefined: 'Symbol does not exist.',
  IncorrectOrderQuantity: 'Quantity should be between 1 and 10,000,000.',
  LimitPriceUndefined: 'Limit price is required for this type of order.',
  StopPriceUndefined: 'Stop price is required for this type of order.',
  MarketOrderIsGtc: 'GTC market orders are not allowed.',
  ShortOrderIsGtc: 'GTC short orders are not allowed.',
  QuotePriceIsInvalid: 'There is no quote for this symbol.',
  InitialMargin: 'You do not have enough buying power for this trade.',
  UnexpectedBuyOrder: 'There is a short position or a working short sale; use buy_to_cover to close it.',
  UnexpectedSellOrder: 'There is no long position to sell; use sell_short to open a short position.',
  UnexpectedSellShortOrder: 'There is a long position or a working buy order; use sell to close it.',
  UnexpectedBuyToCoverOrder: 'There is no short position to cover.',
  LongPositionCrossZero: 'The order is larger than the long position, including open orders.',
  ShortPositionCrossZero: 'The order is larger than the short position, including open orders.',
  SellShortOrderLastPriceBelow5: 'A stock whose last price is below 5 dollars cannot be sold short.',
  BuyStopOrderStopPriceLessAsk: 'The stop price of a buy order must be above the ask.',
  SellStopOrderStopPriceGreaterBid: 'The stop price of a sell order must be below the bid.',
  OrderIsNotAllowedForAccount: 'A cash account cannot sell short.',
  WashTradeAttempt: 'An order of the opposite side works at the same price for this symbol.',
  OtoFirstLegIsMarketNotAllowed: 'The first leg must not be a market order.',
  OtoOcoMarketNotAllowed: 'An order that cancels another must not be a market order.',
  OcoExpirationTypeNotTheSame: 'Orders that cancel each other must have the same duration.',
  OcoOrderWithOppositeLegs: 'Orders that cancel each other must be on the same side.',
  OcoLegsOfDifferentSymbols: 'Orders that cancel each other must name the same symbol.',
  OcoLegsOfTheSameType: 'Orders that cancel each other must be of different types.',
  InvalidOrderClass: 'The group has the wrong number of legs',
  InvalidDuration: 'Limit orders alone trade outside regular hours, placed while the window is open',
  InvalidChange: 'The order cannot be changed this way',
  OmsUnavailable: 'No session is known after this date.',
} as const;

export type RefusalCode = keyof typeof SENTENCES;

export function refusal(code: RefusalCode, detail = ''): OrderError {
  return { code, message: detail === '' ? SENTENCES[code] : `${SENTENCES[code]}: ${detail}.` };
}
