/** Tradier's exchange codes and how the world calls them (docs.tradier.com, "Exchange Codes"). */
const NAMES: Record<string, string> = {
  A: 'NYSE American',
  B: 'NASDAQ OMX BX',
  C: 'NYSE National',
  D: 'FINRA ADF',
  E: 'Market Independent',
  F: 'Mutual Funds',
  I: 'ISE',
  J: 'EDGA',
  K: 'EDGX',
  L: 'LTSE',
  M: 'NYSE Chicago',
  N: 'NYSE',
  P: 'NYSE Arca',
  Q: 'NASDAQ',
  S: 'NASDAQ',
  T: 'NASDAQ',
  U: 'OTC BB',
  V: 'OTC',
  W: 'CBOE',
  X: 'NASDAQ OMX PSX',
  G: 'Global Indices',
  Y: 'BYX',
  Z: 'BZX',
};

/** '' for a code that is not known. */
export function exchangeName(code: string): string {
  return NAMES[code] ?? '';
}

/** The codes of an exchange that is named by its code or its name; none for one that is not known. */
export function exchangeCodes(exchange: string): string[] {
  const asked = exchange.trim().toUpperCase();
  return Object.keys(NAMES).filter((code) => code === asked || NAMES[code]?.toUpperCase() === asked);
}
