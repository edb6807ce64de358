/** How a trading day is shaped: much happens after the open and before the close, less at noon. */
export interface IntradayShape {
  minutes: number;
  /** Standard deviation of each minute's move, as a part of the day's (their squares sum to 1). */
  stepDeviation: Float64Array;
  /** Variance gone by at each minute boundary, 0 to 1; `minutes + 1` values. */
  elapsed: Float64Array;
  /** Part of the day's volume expected in each minute (sums to 1). */
  volumePart: Float64Array;
}

const full = makeShape(390);
const half = makeShape(210);

/** The shape of a full day (09:30 to 16:00) or a half day (to 13:00). */
export function intradayShape(halfDay: boolean): IntradayShape {
  return halfDay ? half : full;
}

function makeShape(minutes: number): IntradayShape {
  const variance = new Float64Array(minutes);
  const volumePart = new Float64Array(minutes);
  for (let i = 0; i < minutes; i++) {
    const toClose = minutes - 1 - i;
    variance[i] = 1 + 5 * Math.exp(-i / 12) + 1.2 * Math.exp(-toClose / 25);
    volumePart[i] = 1 + 3 * Math.exp(-i / 20) + 2.5 * Math.exp(-toClose / 12);
  }
  const totalVariance = variance.reduce((sum, value) => sum + value, 0);
  const totalVolume = volumePart.reduce((sum, value) => sum + value, 0);
  const elapsed = new Float64Array(minutes + 1);
  let gone = 0;
  for (let i = 0; i < minutes; i++) {
    gone += variance[i] as number;
    elapsed[i + 1] = gone / totalVariance;
  }
  elapsed[minutes] = 1;
  return {
    minutes,
    elapsed,
    stepDeviation: variance.map((value) => Math.sqrt(value / totalVariance)),
    volumePart: volumePart.map((value) => value / totalVolume),
  };
}
