import type { Listing } from './contract.ts';

/** A listing with what the market model needs to know of it. Invented figures, near to life in proportion. */
export interface Instrument extends Listing {
  /** What moves together: the companies of a business, or what a fund follows. */
  group: string;
  /** Dollars around which the price moves. */
  basePrice: number;
  /** How far it follows the market factor and its group's factor. */
  beta: number;
  groupBeta: number;
  /** Its own part of a day's movement, as a fraction. */
  ownVolatility: number;
}

type Row = [string, string, string, string, number, number, number, number, number];

// symbol, name, exchange, group, base price, beta, group beta, own daily volatility, average volume in millions
const STOCKS: Row[] = [
  ['AAPL', 'Apple Inc', 'Q', 'Technology', 150, 1.15, 0.8, 0.0088, 55],
  ['MSFT', 'Microsoft Corp', 'Q', 'Technology', 420, 1.1, 0.8, 0.0078, 21],
  ['NVDA', 'NVIDIA Corp', 'Q', 'Technology', 120, 1.7, 1.4, 0.018, 230],
  ['AMD', 'Advanced Micro Devices Inc', 'Q', 'Technology', 145, 1.6, 1.4, 0.0185, 42],
  ['INTC', 'Intel Corp', 'Q', 'Technology', 31, 1.2, 1.1, 0.0165, 60],
  ['ORCL', 'Oracle Corp', 'N', 'Technology', 140, 1.05, 0.9, 0.011, 9],
  ['CRM', 'Salesforce Inc', 'N', 'Technology', 255, 1.2, 0.9, 0.0135, 6.2],
  ['CSCO', 'Cisco Systems Inc', 'Q', 'Technology', 48, 0.9, 0.6, 0.0075, 19],
  ['GOOGL', 'Alphabet Inc Class A', 'Q', 'Communication Services', 165, 1.1, 0.9, 0.0105, 25],
  ['META', 'Meta Platforms Inc Class A', 'Q', 'Communication Services', 500, 1.25, 1, 0.014, 13],
  ['NFLX', 'Netflix Inc', 'Q', 'Communication Services', 640, 1.2, 0.9, 0.0155, 3.6],
  ['DIS', 'Walt Disney Co', 'N', 'Communication Services', 98, 1.05, 0.7, 0.0105, 10],
  ['T', 'AT&T Inc', 'N', 'Communication Services', 19, 0.6, 0.5, 0.0085, 34],
  ['AMZN', 'Amazon.com Inc', 'Q', 'Consumer Discretionary', 180, 1.2, 1, 0.0115, 40],
  ['TSLA', 'Tesla Inc', 'Q', 'Consumer Discretionary', 240, 1.8, 1.5, 0.0255, 92],
  ['HD', 'Home Depot Inc', 'N', 'Consumer Discretionary', 360, 1, 0.8, 0.0085, 3.4],
  ['F', 'Ford Motor Co', 'N', 'Consumer Discretionary', 12, 1.3, 1, 0.0145, 52],
  ['JPM', 'JPMorgan Chase & Co', 'N', 'Financials', 205, 1.05, 1, 0.0075, 9],
  ['BAC', 'Bank of America Corp', 'N', 'Financials', 39, 1.15, 1.1, 0.0085, 36],
  ['V', 'Visa Inc Class A', 'N', 'Financials', 272, 0.9, 0.6, 0.0075, 6.5],
  ['MA', 'Mastercard Inc Class A', 'N', 'Financials', 455, 0.95, 0.6, 0.008, 2.6],
  ['BRK/B', 'Berkshire Hathaway Inc Class B', 'N', 'Financials', 430, 0.8, 0.6, 0.0055, 3.6],
  ['XOM', 'Exxon Mobil Corp', 'N', 'Energy', 115, 0.75, 1.5, 0.007, 15],
  ['CVX', 'Chevron Corp', 'N', 'Energy', 152, 0.75, 1.5, 0.0072, 8],
  ['JNJ', 'Johnson & Johnson', 'N', 'Health Care', 156, 0.5, 0.9, 0.0065, 7],
  ['PFE', 'Pfizer Inc', 'N', 'Health Care', 28, 0.6, 1, 0.0105, 36],
  ['UNH', 'UnitedHealth Group Inc', 'N', 'Health Care', 520, 0.65, 1, 0.0105, 3.3],
  ['KO', 'Coca-Cola Co', 'N', 'Consumer Staples', 63, 0.5, 0.9, 0.0052, 13],
  ['PEP', 'PepsiCo Inc', 'Q', 'Consumer Staples', 170, 0.5, 0.9, 0.006, 5.4],
  ['WMT', 'Walmart Inc', 'N', 'Consumer Staples', 68, 0.6, 0.9, 0.0075, 16],
  ['COST', 'Costco Wholesale Corp', 'Q', 'Consumer Staples', 850, 0.8, 0.8, 0.0085, 1.9],
  ['GE', 'General Electric Co', 'N', 'Industrials', 165, 1.15, 0.9, 0.011, 5.6],
];

const FUNDS: Row[] = [
  ['SPY', 'SPDR S&P 500 ETF Trust', 'P', 'Broad Market', 550, 1, 0, 0.0006, 65],
  ['QQQ', 'Invesco QQQ Trust', 'Q', 'Technology', 475, 1.1, 0.75, 0.0018, 42],
  ['IWM', 'iShares Russell 2000 ETF', 'P', 'Small Companies', 215, 1.15, 0.9, 0.002, 30],
  ['DIA', 'SPDR Dow Jones Industrial Average ETF Trust', 'P', 'Broad Market', 400, 0.9, 0.2, 0.0014, 3.4],
  ['VTI', 'Vanguard Total Stock Market ETF', 'P', 'Broad Market', 270, 1.01, 0, 0.0007, 3.2],
  ['XLK', 'Technology Select Sector SPDR Fund', 'P', 'Technology', 220, 1.1, 1, 0.002, 6],
  ['XLF', 'Financial Select Sector SPDR Fund', 'P', 'Financials', 45, 1, 1, 0.0016, 38],
  ['XLE', 'Energy Select Sector SPDR Fund', 'P', 'Energy', 90, 0.8, 1.5, 0.002, 15],
  ['XLV', 'Health Care Select Sector SPDR Fund', 'P', 'Health Care', 145, 0.65, 0.9, 0.0016, 8],
  ['XLI', 'Industrial Select Sector SPDR Fund', 'P', 'Industrials', 128, 1, 0.8, 0.0016, 8.5],
  ['XLP', 'Consumer Staples Select Sector SPDR Fund', 'P', 'Consumer Staples', 78, 0.5, 0.8, 0.0014, 9.5],
  ['XLU', 'Utilities Select Sector SPDR Fund', 'P', 'Utilities', 72, 0.45, 1.1, 0.0016, 11],
  [
    'XLY',
    'Consumer Discretionary Select Sector SPDR Fund',
    'P',
    'Consumer Discretionary',
    185,
    1.2,
    1,
    0.002,
    3.6,
  ],
  ['GLD', 'SPDR Gold Shares', 'P', 'Gold', 225, 0.05, 1.1, 0.002, 7],
  ['TLT', 'iShares 20+ Year Treasury Bond ETF', 'Q', 'Treasury Bonds', 96, -0.2, 1.2, 0.0015, 38],
];

/** Groups that Morningstar calls otherwise. */
const SECTORS: Readonly<Record<string, string>> = {
  'Consumer Discretionary': 'Consumer Cyclical',
  'Consumer Staples': 'Consumer Defensive',
  Financials: 'Financial Services',
  'Health Care': 'Healthcare',
};

/** Everything that trades on the simulated exchange. */
export const INSTRUMENTS: readonly Instrument[] = [
  ...STOCKS.map((row) => instrument(row, 'stock')),
  ...FUNDS.map((row) => instrument(row, 'etf')),
];

function instrument(row: Row, kind: 'stock' | 'etf'): Instrument {
  const [symbol, name, exchange, group, basePrice, beta, groupBeta, ownVolatility, millions] = row;
  return {
    symbol,
    name,
    exchange,
    kind,
    sector: kind === 'stock' ? (SECTORS[group] ?? group) : null,
    group,
    averageVolume: Math.round(millions * 1_000_000),
    basePrice,
    beta,
    groupBeta,
    ownVolatility,
  };
}
