/** A page that draws the feed with Lightweight Charts, as somebody who serves charts beside the desk would write it. */
import path from 'node:path';
import type { Page } from 'playwright-core';
import { root } from '../start/desk-run.ts';

/** Lightweight Charts by TradingView (Apache-2.0), in the build that objects to bars out of order, twice or of no number. */
const LIBRARY = path.join(
  root,
  'node_modules/lightweight-charts/dist/lightweight-charts.standalone.development.js',
);

/** What the page knows of what it drew. */
export interface Drawn {
  candles: Candle[];
  /** How many rounds of asking for the newest bars are over. */
  updates: number;
}

interface Candle {
  /** Unix seconds. */
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
}

/** Draws `resolution` of a symbol into the page and follows it, asking every second. */
export async function drawChart(page: Page, feed: string, symbol: string, resolution: string): Promise<void> {
  await page.setContent('<body style="margin:0;background:#fff"><div id="chart"></div></body>');
  await page.addStyleTag({ content: '#chart { width: 960px; height: 480px; }' });
  await page.addScriptTag({ path: LIBRARY });
  await page.addScriptTag({
    content: `(${CHART})(${JSON.stringify(feed)}, ${JSON.stringify(symbol)}, ${JSON.stringify(resolution)})`,
  });
  await page.waitForFunction('window.drawn?.candles.length > 0');
}

export function drawn(page: Page): Promise<Drawn> {
  return page.evaluate('window.drawn') as Promise<Drawn>;
}

const CHART = `async (feed, symbol, resolution) => {
  const { createChart, createSeriesMarkers, CandlestickSeries, HistogramSeries, TickMarkType } = LightweightCharts;
  const ask = async (path, query) => (await fetch(feed + path + '?' + new URLSearchParams({ symbol, resolution, ...query }))).json();
  const inNewYork = (style) => {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York', ...style });
    return (time) => format.format(time * 1000);
  };
  const [day, clock] = [inNewYork({ month: 'short', day: 'numeric' }), inNewYork({ timeStyle: 'short', hour12: false })];
  const chart = createChart(document.getElementById('chart'), {
    width: 960, height: 480, layout: { attributionLogo: true },
    // The library knows no time zones: the hours of the exchange are put in words here.
    localization: { timeFormatter: (time) => day(time) + ' ' + clock(time) },
    timeScale: {
      timeVisible: true, rightOffset: 4,
      tickMarkFormatter: (time, kind) => (kind < TickMarkType.Time ? day(time) : clock(time)),
    },
  });
  const candles = chart.addSeries(CandlestickSeries, {}, 0);
  const volume = chart.addSeries(HistogramSeries, { priceFormat: { type: 'volume' }, priceLineVisible: false }, 1);
  chart.panes()[0].setStretchFactor(4);
  const bars = async (countback) => {
    const to = Math.floor(Date.now() / 1000);
    const { s, t, o, h, l, c, v } = await ask('/history', { from: 0, to, countback });
    if (s !== 'ok') throw new Error('the feed says ' + s);
    return t.map((time, i) => ({ time, open: o[i], high: h[i], low: l[i], close: c[i], volume: v[i] }));
  };
  const candle = ({ time, open, high, low, close }) => ({ time, open, high, low, close });
  const column = ({ time, open, close, volume }) => ({ time, value: volume, color: close < open ? '#f2364566' : '#08998166' });
  const all = await bars(160);
  candles.setData(all.map(candle));
  volume.setData(all.map(column));
  const marks = await ask('/marks', { from: all[0].time, to: all.at(-1).time });
  createSeriesMarkers(candles, marks.map(({ id, time, color, label }) => ({
    id, time, color: color.background, text: label,
    position: label === 'S' ? 'aboveBar' : 'belowBar', shape: label === 'S' ? 'arrowDown' : label === 'B' ? 'arrowUp' : 'circle',
  })));
  const tell = (updates) => {
    window.drawn = { candles: candles.data().map(candle), updates };
  };
  tell(0);
  setInterval(async () => {
    const last = window.drawn.candles.at(-1).time;
    for (const bar of (await bars(10)).filter(({ time }) => time >= last)) {
      candles.update(candle(bar));
      volume.update(column(bar));
    }
    tell(window.drawn.updates + 1);
  }, 1000);
}`;
