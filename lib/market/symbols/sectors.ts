/** Morningstar's sectors by the codes that Tradier's fundamentals name them with. */
const NAMES: Readonly<Record<number, string>> = {
  101: 'Basic Materials',
  102: 'Consumer Cyclical',
  103: 'Financial Services',
  104: 'Real Estate',
  205: 'Consumer Defensive',
  206: 'Healthcare',
  207: 'Utilities',
  308: 'Communication Services',
  309: 'Energy',
  310: 'Industrials',
  311: 'Technology',
};

/** null for a code that is none of theirs. */
export function sectorName(code: number): string | null {
  return NAMES[code] ?? null;
}

/** null for a name that is none of theirs. */
export function sectorCode(name: string): number | null {
  const code = Object.keys(NAMES).find((one) => NAMES[Number(one)] === name);
  return code === undefined ? null : Number(code);
}
