import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { eventually, root } from '../start/desk-run.ts';
import { UdfReader } from '../udf/reader.ts';
import { drawChart, drawn } from './chart-page.ts';
import { browserSuite, type Rig } from './desk-browser.ts';

/** A minute of the market passes in six seconds. */
const QUICK = { SIM_SPEED: '10' };

const charts = (rig: Rig) => {
  const feed = () => rig.desk.ready.udf ?? assert.fail('no feed');

  it("are read by the desk's own pages: pages of bars, marks and the bar that forms", async () => {
    const page = await rig.open('/udf/config');
    const reader = new UdfReader({ get: getIn(page, feed()), now: Date.now });
    await reader.open();
    await reader.resolve('AAPL');
    const bars = await reader.page('AAPL', '5', { countback: 330, until: reader.now() - 10 * 86_400 });
    assert.ok(bars.length > 300);
    await reader.marks('marks', 'AAPL', '5', reader.now() - 86_400, reader.now() + 86_400);
    const [first] = await reader.poll('AAPL', '1', null);
    await eventually('the forming bar moves', async () => {
      const [now] = (await reader.poll('AAPL', '1', first ?? null)).slice(-1);
      return now !== undefined && JSON.stringify(now) !== JSON.stringify(first);
    });
    assert.match(
      await encodingIn(page, `${feed()}/history?symbol=AAPL&resolution=5&countback=300&to=4000000000`),
      /gzip|br|zstd/,
    );
  });

  it('are read by a page of another origin when it is listed, and else are not', async () => {
    const other = await foreignSite();
    const before = rig.complaints.length;
    try {
      const page = await rig.open('/udf/config');
      await page.goto(other.origin);
      const ask = getIn(page, feed());
      await assert.rejects(ask('/config'), /Failed to fetch/);
      await listOrigin(rig, other.origin);
      await eventually('the page is let in', async () => {
        const text = await ask('/config').catch(() => '');
        return text.includes('supports_search');
      });
      const reader = new UdfReader({ get: ask, now: Date.now });
      await reader.open();
      assert.ok((await reader.page('AAPL', '1D', { countback: 100 })).length > 100);
    } finally {
      // The browser complains of what it kept from the page, as it should.
      rig.complaints.length = before;
      await other.close();
    }
  });

  it('are drawn and followed by the page of the manual as it stands there, once its origin is listed', async () => {
    const site = await readersFolder();
    const before = rig.complaints.length;
    const page = await rig.open('/udf/config');
    // The manual's desk has the usual port, this one any. The browser judges what comes back itself.
    await page.route('http://127.0.0.1:1880/**', (route) =>
      route.continue({
        url: route.request().url().replace('http://127.0.0.1:1880', new URL(feed()).origin),
      }),
    );
    const shown = async () => {
      await page.goto(`${site.origin}/chart.html`);
      const there = page.waitForFunction('candles.data().length > 0', undefined, { timeout: 3_000 });
      return there.then(() => true).catch(() => false);
    };
    try {
      await listOrigin(rig, site.origin.replace('localhost', '127.0.0.1'));
      await page.goto(new URL('/udf/config', rig.desk.ready.editor).href);
      assert.equal(await shown(), false, 'another name of this machine is another origin');
      assert.match(rig.complaints.slice(before).join(), /No 'Access-Control-Allow-Origin'/);
      await listOrigin(rig, site.origin);
      await eventually('the page draws', shown);
      const data = () => page.evaluate('candles.data()') as Promise<{ time: number; close: number }[]>;
      const first = await data();
      assert.equal(first.length, 300);
      // Read as UTC, every one is in New York's session.
      for (const { time } of first) {
        const minute = (time % 86_400) / 60;
        assert.ok(minute >= 9 * 60 + 30 && minute < 16 * 60, new Date(time * 1_000).toISOString());
      }
      await eventually('the last candle moves', async () => {
        const now = await data();
        return JSON.stringify(now.at(-1)) !== JSON.stringify(first.at(-1));
      });
      assert.ok((await painted(page, RISING)) > 300);
    } finally {
      // The browser complains of what it kept from the page, and of the page's own site.
      rig.complaints.length = before;
      await site.close();
    }
  });

  it('are drawn by Lightweight Charts, with its link to TradingView, and follow', async () => {
    const page = await rig.open('/udf/config');
    await drawChart(page, feed(), 'AAPL', '1');
    const { candles: first } = await drawn(page);
    assert.equal(first.length, 160);
    assert.ok(first.every(({ time }, i) => i === 0 || time > (first[i - 1]?.time ?? 0)));
    const link = page.locator('a#tv-attr-logo');
    await link.waitFor();
    assert.match((await link.getAttribute('href')) ?? '', /^https:\/\/www\.tradingview\.com\//);
    await eventually('the last candle moves', async () => {
      const now = (await drawn(page)).candles;
      return JSON.stringify(now.at(-1)) !== JSON.stringify(first.at(-1));
    });
    assert.ok((await painted(page, RISING)) > 300);
    assert.ok((await painted(page, FALLING)) > 300);
    await eventually('a candle begins', async () => (await drawn(page)).candles.length > 160);
    // What stands there is what the feed says of the same minutes now; the newest may have moved since.
    const { candles: then } = await drawn(page);
    const last = then.at(-1)?.time ?? 0;
    const reader = new UdfReader({ get: getIn(page, feed()), now: Date.now, takesNewer: true });
    const read = await reader.page('AAPL', '1', { countback: 330, to: last, until: first[0]?.time ?? 0 });
    const told = read.filter(({ time }) => time >= (first[0]?.time ?? 0) && time < last);
    assert.deepEqual(
      then.slice(0, -1),
      told.map(({ volume: _, ...candle }) => candle),
    );
    assert.deepEqual(rig.complaints, []);
  });
};

browserSuite('charts in a browser', charts, QUICK);

/** The page that docs/nodes.md gives the reader, whole. */
function documentedPage(): string {
  const manual = readFileSync(path.join(root, 'docs/nodes.md'), 'utf8');
  return /```html\n([\s\S]*?)```/.exec(manual)?.[1] ?? assert.fail('no page');
}

/** The library's own colours of candles. */
const RISING = [0x26, 0xa6, 0x9a];
const FALLING = [0xef, 0x53, 0x50];

/** How many pixels of the page's canvases have a colour. */
function painted(page: Page, colour: readonly number[]): Promise<number> {
  return page.evaluate(`[...document.querySelectorAll('canvas')].reduce((sum, canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4)
      if (data[i] === ${colour[0]} && data[i + 1] === ${colour[1]} && data[i + 2] === ${colour[2]}) sum += 1;
    return sum;
  }, 0)`) as Promise<number>;
}

/** Asks from inside a page, so that the browser's rules hold. */
function getIn(page: Page, base: string): (pathAndQuery: string) => Promise<string> {
  return (pathAndQuery) =>
    page.evaluate(
      `fetch(${JSON.stringify(base + pathAndQuery)}).then((answer) => answer.text())`,
    ) as Promise<string>;
}

async function encodingIn(page: Page, url: string): Promise<string> {
  const [response] = await Promise.all([
    page.waitForResponse((each) => each.url() === url),
    page.evaluate(`fetch(${JSON.stringify(url)}).then((answer) => answer.text())`),
  ]);
  return (await response.allHeaders())['content-encoding'] ?? '';
}

async function foreignSite(): Promise<Site> {
  const { port, close } = await serve(() => '<link rel="icon" href="data:,"><title>another site</title>');
  return { origin: `http://127.0.0.1:${port}`, close };
}

/** What the manual's reader serves: the page, and the package beside it. */
async function readersFolder(): Promise<Site> {
  const { port, close } = await serve((asked) =>
    asked === '/chart.html'
      ? documentedPage()
      : asked.startsWith('/node_modules/lightweight-charts/')
        ? readFileSync(path.join(root, asked), 'utf8')
        : '',
  );
  return { origin: `http://localhost:${port}`, close };
}

interface Site {
  origin: string;
  close: () => Promise<void>;
}

async function serve(pageAt: (asked: string) => string): Promise<{ port: number; close: Site['close'] }> {
  const server: Server = createServer(({ url = '/' }, res) => {
    res.writeHead(200, { 'content-type': url.endsWith('.js') ? 'text/javascript' : 'text/html' });
    res.end(pageAt(url));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Deploys the flow with the page's origin in the node, as its dialog would. */
async function listOrigin(rig: Rig, origin: string): Promise<void> {
  const at = new URL('flows', rig.desk.ready.editor);
  const flows = (await (await fetch(at)).json()) as { type: string }[];
  const changed = flows.map((node) => (node.type === 'udf-endpoint' ? { ...node, origins: origin } : node));
  const headers = { 'content-type': 'application/json', 'node-red-deployment-type': 'nodes' };
  const answer = await fetch(at, { method: 'POST', headers, body: JSON.stringify(changed) });
  assert.equal(answer.status, 204);
}
