/** What a person sees of one limit, and what a value of it may be. */
export interface PolicyField {
  label: string;
  /** One or two sentences for the help. */
  description: string;
  unit: 'shares' | 'dollars' | 'percent' | 'symbols' | 'seconds' | 'switch';
  layer: 'order' | 'position' | 'portfolio' | 'account' | 'system';
  /** One of the eight limits shown first; the rest folds by layer. */
  first: boolean;
  /** Which direction is the stricter one; `off` for a switch. */
  stricter: 'lower' | 'higher' | 'off';
  min?: number;
  max?: number;
  /** Only whole numbers. */
  whole?: boolean;
}

/** Every limit, in the order people meet them. The schema, the strictness and the editor all read this table. */
export const POLICY_FIELDS = {
  maxOrderQuantity: {
    label: 'Order quantity',
    description: 'The most shares one entry may order. Exits are not held back by it.',
    unit: 'shares',
    layer: 'order',
    first: true,
    stricter: 'lower',
    min: 1,
    max: 1_000_000,
    whole: true,
  },
  maxOrderValue: {
    label: 'Order value',
    description: 'The most dollars one entry may cost: the limit price, or the ask, times the shares.',
    unit: 'dollars',
    layer: 'order',
    first: true,
    stricter: 'lower',
    min: 1,
    max: 100_000_000,
  },
  maxPositionPercent: {
    label: 'Position',
    description:
      'The largest part of equity one book may hold of one symbol after the order, with its entries on the way. A short counts as much as a long.',
    unit: 'percent',
    layer: 'position',
    first: true,
    stricter: 'lower',
    min: 0,
    max: 100,
  },
  maxConcentrationPercent: {
    label: 'Concentration',
    description:
      'The largest part of equity the whole account may hold of one symbol after the order: all books, what was bought elsewhere, and entries on the way.',
    unit: 'percent',
    layer: 'portfolio',
    first: true,
    stricter: 'lower',
    min: 0,
    max: 100,
  },
  maxOpenPositions: {
    label: 'Open positions',
    description: 'The most symbols the account may hold, be short of, or be opening at once.',
    unit: 'symbols',
    layer: 'portfolio',
    first: true,
    stricter: 'lower',
    min: 1,
    max: 1_000,
    whole: true,
  },
  maxDailyLossPercent: {
    label: 'Daily loss',
    description: 'Entries stop when equity has lost more than this since the start of the session.',
    unit: 'percent',
    layer: 'account',
    first: true,
    stricter: 'lower',
    min: 0,
    max: 100,
  },
  minEquity: {
    label: 'Minimum equity',
    description: 'Entries stop while the account is worth less than this.',
    unit: 'dollars',
    layer: 'account',
    first: true,
    stricter: 'higher',
    min: 0,
    max: 100_000_000,
  },
  priceBandPercent: {
    label: 'Price band',
    description: 'How far a limit price may be from the quote: the ask for buys, the bid for sells.',
    unit: 'percent',
    layer: 'order',
    first: true,
    stricter: 'lower',
    min: 0,
    max: 100,
  },
  quoteMaxAgeSeconds: {
    label: 'Quote age',
    description: 'How recently the feed must have confirmed the quote an entry is checked against.',
    unit: 'seconds',
    layer: 'order',
    first: false,
    stricter: 'lower',
    min: 0.1,
    max: 15,
  },
  maxSpreadPercent: {
    label: 'Spread',
    description:
      'The widest gap between bid and ask in which a market entry may be sent, as part of their middle.',
    unit: 'percent',
    layer: 'order',
    first: false,
    stricter: 'lower',
    min: 0,
    max: 100,
  },
  allowShortSales: {
    label: 'Short sales',
    description:
      'Let orders sell short what the account does not hold. The sender of the signal must be allowed to as well (May short), and the account must be a margin account.',
    unit: 'switch',
    layer: 'position',
    first: false,
    stricter: 'off',
  },
  marketCollarPercent: {
    label: 'Market collar',
    description: 'How much above the ask a market buy is assumed to fill when its cost is reserved.',
    unit: 'percent',
    layer: 'account',
    first: false,
    stricter: 'higher',
    min: 0,
    max: 100,
  },
  duplicateWindowSeconds: {
    label: 'Duplicate window',
    description:
      'A second entry of the same strategy, symbol and side is refused for this long. 0 refuses none; the same signal is still never ordered twice.',
    unit: 'seconds',
    layer: 'system',
    first: false,
    stricter: 'higher',
    min: 0,
    max: 86_400,
  },
  permitSeconds: {
    label: 'Permit',
    description: 'How long an approved order may wait on the wire before it must be checked again.',
    unit: 'seconds',
    layer: 'system',
    first: false,
    stricter: 'lower',
    min: 0.1,
    max: 60,
  },
  allowDelayedQuotes: {
    label: 'Delayed quotes',
    description:
      'Accept quotes of a feed that is known to be delayed (15 minutes in the Tradier sandbox). Live accounts never do.',
    unit: 'switch',
    layer: 'system',
    first: false,
    stricter: 'off',
  },
} as const satisfies Record<string, PolicyField>;

export type PolicyFieldName = keyof typeof POLICY_FIELDS;

/** The names of every limit, in the order of the table. */
export const POLICY_FIELD_NAMES = Object.keys(POLICY_FIELDS) as PolicyFieldName[];

/** What a value of this limit may be, in words. */
export function expectation(name: PolicyFieldName): string {
  const field: PolicyField = POLICY_FIELDS[name];
  if (field.unit === 'switch') return 'true or false';
  const kind = field.whole ? 'a whole number' : 'a number';
  return `${kind} of ${field.unit} from ${field.min} to ${field.max}`;
}
