import assert from 'node:assert/strict';
import { type Browser, chromium } from 'playwright-core';
import { readablePage } from '../../lib/api/page.ts';
import { ARGS, CHROMIUM } from './desk-browser.ts';

const FACTS = {
  address: 'http://127.0.0.1:1880',
  folder: '',
  account: { accountId: 'VA12345678', environment: 'simulator' },
} as const;

describe('the page of the API', function () {
  this.timeout(60_000);
  let browser: Browser;
  before(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  });
  after(() => browser.close());

  for (const width of [390, 800, 1400]) {
    it(`can be read at ${width} px`, async () => {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      await page.setContent(readablePage(FACTS));
      const seen = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth,
        words: Math.min(
          ...[...document.querySelectorAll('main > section > table td')].map((td) => td.clientWidth),
        ),
        dead: [...document.querySelectorAll('nav a')].filter(
          (a) => !document.querySelector((a as HTMLAnchorElement).hash),
        ).length,
      }));
      assert.equal(seen.dead, 0, 'every line of the contents leads somewhere');
      assert.equal(seen.wide, width, 'nothing reaches over the edge');
      assert.ok(seen.words > 280, `the narrowest column of words has ${seen.words} px`);
      await page.close();
    });
  }
});
