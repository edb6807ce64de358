import { BollingerBands, MACD, RSI } from 'technicalindicators';
import type { Bar } from '../domain/market-data.ts';
import type { AlertTerms } from './alert.ts';

/** Judges closed bars. A side is a word; the alert fires when it changes to one of `wanted`. */
export interface BarTest {
  wanted: readonly string[];
  /** True when the first look may fire: the market is there already. */
  level: boolean;
  /** Closed bars needed for a figure that no longer depends on where it began. */
  bars: number;
  /** The side after the last of these bars; null while there are too few. */
  at(bars: readonly Bar[]): string | null;
}

/** Averages that never forget are begun this many lengths ago. */
const LENGTHS_BACK = 12;

export function barTest(terms: AlertTerms): BarTest {
  const { condition, value = Number.NaN, direction } = terms;
  const ways = direction === 'any' ? ['up', 'down'] : [direction];
  switch (condition) {
    case 'volume_above':
      return {
        wanted: ['in'],
        level: true,
        bars: 1,
        at: (bars) => inside((bars.at(-1)?.volume ?? 0) > value),
      };
    case 'volume_below':
      return {
        wanted: ['in'],
        level: true,
        bars: 1,
        at: (bars) => inside((bars.at(-1)?.volume ?? value) < value),
      };
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
          return rsi === undefined ? null : inside(over ? rsi > value : rsi < value);
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
          return figures.MACD > figures.signal ? 'up' : 'down';
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
          return last > band.upper ? 'up' : last < band.lower ? 'down' : 'mid';
        },
      };
    }
    default:
      throw new Error(`${condition} is judged on quotes`);
  }
}

const inside = (truth: boolean) => (truth ? 'in' : 'out');

const closes = (bars: readonly Bar[]) => bars.map(({ close }) => close);
