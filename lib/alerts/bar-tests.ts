import { BollingerBands, MACD, RSI } from 'technicalindicators';
import type { Bar } from '../domain/market-data.ts';
import type { AlertTerms } from './alert.ts';

/** Where the market stands after a bar: the side, a word, and the figure that says so. */
export interface Standing {
  side: string;
  measured: number;
}

/** Judges closed bars. The alert fires when the side changes to one of `wanted`. */
export interface BarTest {
  wanted: readonly string[];
  /** True when the first look may fire: the market is there already. */
  level: boolean;
  /** Closed bars needed for a figure that no longer depends on where it began. */
  bars: number;
  /** After the last of these bars; null while there are too few. */
  at(bars: readonly Bar[]): Standing | null;
}

/** Averages that never forget are begun this many lengths ago. */
const LENGTHS_BACK = 12;

export function barTest(terms: AlertTerms): BarTest {
  const { condition, value = Number.NaN, direction } = terms;
  const ways = direction === 'any' ? ['up', 'down'] : [direction];
  switch (condition) {
    case 'volume_above':
    case 'volume_below': {
      const above = condition === 'volume_above';
      return {
        wanted: ['in'],
        level: true,
        bars: 1,
        at(bars) {
          const volume = bars.at(-1)?.volume;
          if (volume === undefined) return null;
          return { side: inside(above ? volume > value : volume < value), measured: volume };
        },
      };
    }
    case 'rsi_overbought':
    case 'rsi_oversold': {
      const period = terms.length ?? 14;
      const over = condition === 'rsi_overbought';
      return {
        wanted: ['in'],
        level: true,
        bars: period * LENGTHS_BACK,
        at(bars) {
          const rsi = RSI.calculate({ period, values: closes(bars) }).at(-1);
          if (rsi === undefined) return null;
          return { side: inside(over ? rsi > value : rsi < value), measured: rsi };
        },
      };
    }
    case 'macd_signal': {
      const { fast: fastPeriod, slow: slowPeriod, smooth: signalPeriod } = terms;
      const periods = { fastPeriod, slowPeriod, signalPeriod };
      const averages = { SimpleMAOscillator: false, SimpleMASignal: false };
      return {
        wanted: ways,
        level: false,
        bars: (slowPeriod + signalPeriod) * LENGTHS_BACK,
        at(bars) {
          const figures = MACD.calculate({ values: closes(bars), ...periods, ...averages }).at(-1);
          if (figures?.MACD === undefined || figures.signal === undefined) return null;
          const measured = figures.MACD - figures.signal;
          return { side: measured > 0 ? 'up' : 'down', measured };
        },
      };
    }
    case 'bollinger_break': {
      const period = terms.length ?? 20;
      const { deviations: stdDev } = terms;
      return {
        wanted: ways,
        level: true,
        bars: period,
        at(bars) {
          const last = bars.at(-1)?.close ?? Number.NaN;
          const band = BollingerBands.calculate({ period, stdDev, values: closes(bars) }).at(-1);
          if (band === undefined) return null;
          if (last > band.upper) return { side: 'up', measured: band.upper };
          if (last < band.lower) return { side: 'down', measured: band.lower };
          return { side: 'mid', measured: band.middle };
        },
      };
    }
    default:
      throw new Error(`${condition} is judged on quotes`);
  }
}

const inside = (truth: boolean) => (truth ? 'in' : 'out');

const closes = (bars: readonly Bar[]) => bars.map(({ close }) => close);
