import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { eventually } from '../start/desk-run.ts';
import { UdfReader } from '../udf/reader.ts';
import { drawChart, drawn, hasLibrary } from './chart-page.ts';
import { browserSuite, type Rig } from './desk-browser.ts';

browserSuite('charts in a browser', (rig) => {
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

  if (!hasLibrary()) {
    it.skip('are drawn by Lightweight Charts and follow (skipped: lightweight-charts is not installed)');
    return;
  }

  it('are drawn by Lightweight Charts and follow', async () => {
    const page = await rig.open('/udf/config');
    await drawChart(page, feed(), 'AAPL', '1');
    const first = await drawn(page);
    assert.equal(first.bars, 160);
    assert.ok(first.times.every((time, i) => i === 0 || time > (first.times[i - 1] ?? 0)));
    await page.locator('a#tv-attr-logo').waitFor({ state: 'attached' });
    await eventually('the last candle moves', async () => {
      const now = await drawn(page);
      return now.updates > 0 && JSON.stringify(now.last) !== JSON.stringify(first.last);
    });
    const painted = await page.evaluate(
      `[...document.querySelectorAll('canvas')].some((canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte !== 0 && byte !== 255))`,
    );
    assert.equal(painted, true);
    assert.deepEqual(rig.complaints, []);
  });
});

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

async function foreignSite(): Promise<{ origin: string; close: () => Promise<void> }> {
  const server: Server = createServer((_req, res) => {
    res.writeHead(200, { 'content-type': 'text/html' });
    res.end('<link rel="icon" href="data:,"><title>another site</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
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
