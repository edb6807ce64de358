/**
 * Takes the pictures of the README and of docs/nodes.md: `npm run pictures`, or `npm run pictures -- FOLDER`.
 * They show a desk as `npm start` brings it, after a few alerts. Needs Chromium; takes two minutes.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { eventually, root } from '../start/desk-run.ts';
import { drawChart } from './chart-page.ts';
import { inEditor, Machine, openEditor, press, statusOf } from './desk-browser.ts';
import { photographNodes } from './node-pictures.ts';

const folder = path.resolve(root, process.argv[2] ?? 'docs/images');
/** Long enough for the line of equity to have a shape. */
const WATCH_MS = 75_000;

mkdirSync(path.join(folder, 'nodes'), { recursive: true });
const machine = new Machine();
try {
  await machine.start();
  const editor = await openEditor(machine, { width: 1840, height: 960 });
  await trade(editor);
  await photographEditor(editor);
  await photographNodes(editor, path.join(folder, 'nodes'));
  await photographPage();
  await photographChart();
  for (const complaint of machine.complaints) console.error(complaint);
} finally {
  await machine.stop();
}

async function trade(editor: Page): Promise<void> {
  await press(editor, 'tt-webhook-buy');
  const started = performance.now();
  const alerts = [
    { ticker: 'MSFT', action: 'buy', contracts: 15 },
    { ticker: 'XLE', action: 'buy', contracts: 60 },
    { ticker: 'SPY', action: 'buy', contracts: 900 },
    { ticker: 'NVDA', action: 'buy', contracts: 25 },
    { ticker: 'XLE', action: 'sell', contracts: 20 },
  ];
  for (const alert of alerts) {
    await sleep(2_000);
    await send(alert);
  }
  await sleep(WATCH_MS - (performance.now() - started));
  await press(editor, 'tt-webhook-buy');
  await eventually('the last order is filled', async () =>
    (await statusOf(editor, 'tt-webhook-order')).includes('filled 10 AAPL'),
  );
}

async function send(alert: object): Promise<void> {
  const { webhook, secret } = machine.desk.ready;
  const timestamp = new Date().toISOString();
  const body = JSON.stringify({ ...alert, id: `picture-${timestamp}`, secret, timestamp });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(webhook, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
}

async function photographEditor(page: Page): Promise<void> {
  await inEditor(page, "RED.actions.invoke('core:toggle-sidebar')");
  await inEditor(page, "document.querySelector('#red-ui-workspace-chart').scrollTo(20, 0)");
  // The notice of the last press fades away by itself.
  await page.locator('.red-ui-notification').waitFor({ state: 'detached' });
  await page.screenshot({ path: path.join(folder, 'editor.png') });
}

async function photographPage(): Promise<void> {
  for (const [name, size] of [
    ['dashboard', { width: 1280, height: 800 }],
    ['dashboard-phone', { width: 390, height: 1180 }],
  ] as const) {
    const page = await machine.open('/dashboard/portfolio', size);
    await page.locator('.tt-figures').waitFor();
    await sleep(3_000);
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
  }
}

/** Drawn from the feed by Lightweight Charts. */
async function photographChart(): Promise<void> {
  const { udf } = machine.desk.ready;
  if (udf === undefined) throw new Error('the desk has no feed for charts');
  const page = await machine.open('/udf/config', { width: 960, height: 480 });
  await drawChart(page, udf, 'AAPL', '1');
  await sleep(3_000);
  await page.screenshot({ path: path.join(folder, 'chart.png') });
}
