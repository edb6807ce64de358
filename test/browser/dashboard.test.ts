import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { eventually } from '../start/desk-run.ts';
import { browserSuite, openEditor, press, statusOf, truth } from './desk-browser.ts';

const PAGE = '/dashboard/portfolio';

browserSuite('the portfolio page', (rig) => {
  let editor: Page;
  let page: Page;
  before(async () => {
    editor = await openEditor(rig);
    page = await rig.open(PAGE);
    await page.locator('.tt-figures').waitFor();
  });

  it('says first of all that everything is simulated', async () => {
    await page.locator('.tt-kind.tt-simulated').waitFor();
    assert.equal(await page.locator('.tt-kind').innerText(), 'SIMULATED');
    assert.match(await page.locator('.tt-banner').innerText(), /Account VA\d+[\s\S]*Trading is active/);
  });

  it('shows cash, equity, buying power and the day', async () => {
    await eventually('the figures', async () => /100,000\.00/.test(await text(page, '.tt-figures')));
    for (const label of ['Equity', 'Today', 'Cash', 'Buying power']) {
      assert.match(await text(page, '.tt-figures'), new RegExp(label));
    }
  });

  it('shows prices as they come', async () => {
    await eventually('three prices', async () =>
      /AAPL[\s\S]*QQQ[\s\S]*SPY/.test(await text(page, '.tt-table')),
    );
  });

  it('shows the position after the press of Buy', async () => {
    await press(editor, 'tt-webhook-buy');
    await eventually('the order is filled', async () =>
      (await truth(rig)).orders.some(
        ({ symbol, status, exec_quantity }) =>
          symbol === 'AAPL' && status === 'filled' && exec_quantity === 10,
      ),
    );
    await eventually('the light says so', async () =>
      /^SIM filled 10 AAPL/.test(await statusOf(editor, 'tt-webhook-order')),
    );
    await eventually('the position is on the page', async () =>
      /AAPL\s+tradingview\s+10\s/.test(await text(page, '.tt-table')),
    );
    await eventually('the order is on the page', async () =>
      /Buy 10 AAPL\s+Filled\s+10 at \d+\.\d\d/.test(await text(page, '.tt-table')),
    );
  });

  it('shows why a second press was refused', async () => {
    await press(editor, 'tt-webhook-buy');
    await eventually('the refusal is on the page', async () =>
      /Buy 10 AAPL\s+Refused/.test(await text(page, '.tt-table')),
    );
    assert.equal((await truth(rig)).orders.length, 1);
  });

  it('is empty of the position after the press of Sell', async () => {
    await press(editor, 'tt-webhook-sell');
    await eventually('the position is gone', async () => {
      const shown = await text(page, '.tt-table');
      return /Sell 10 AAPL\s+Filled/.test(shown) && !/AAPL\s+tradingview/.test(shown);
    });
  });

  it('says why an order is smaller than its alert asked for, also once it is filled', async () => {
    const { webhook, secret } = rig.desk.ready;
    const alert = {
      secret,
      ticker: 'F',
      action: 'buy',
      contracts: 1500,
      timestamp: new Date().toISOString(),
    };
    const answer = await fetch(webhook, { method: 'POST', body: JSON.stringify(alert) });
    assert.equal(answer.status, 200);
    await eventually('the cut is explained', async () =>
      /Buy 1000 F\s+Filled\s+1000 at \d+\.\d\d\s+the signal asks for 1,500 shares; cut to 1,000 shares, the policy’s shares per order/.test(
        await text(page, '.tt-table'),
      ),
    );
  });

  it('shows the prices of orders that wait, and the rows of the last run after a restart', async () => {
    const { webhook, secret } = rig.desk.ready;
    const timestamp = new Date().toISOString();
    const alert = {
      secret,
      ticker: 'KO',
      action: 'buy',
      contracts: 5,
      timestamp,
      stop_loss: '5%',
      take_profit: '9%',
    };
    const answer = await fetch(webhook, { method: 'POST', body: JSON.stringify(alert) });
    assert.equal(answer.status, 200);
    const legs = [/Stop: Sell 5 KO at \d+\.\d\d\s+Working/, /Target: Sell 5 KO at \d+\.\d\d\s+Working/];
    const shown = async () => {
      const rows = await text(page, '.tt-table');
      return legs.every((leg) => leg.test(rows));
    };
    await eventually('the stop and the target', shown, 15_000);
    await rig.restart();
    page = await rig.open(PAGE);
    await eventually('the rows again', shown, 15_000);
  });

  it('fits a phone', async () => {
    const phone = await rig.open(PAGE, { width: 390, height: 844 });
    await phone.locator('.tt-figures').waitFor();
    const wider = await phone.evaluate('document.documentElement.scrollWidth - innerWidth');
    assert.equal(wider, 0);
    const cut = await phone
      .locator('.tt-banner, .tt-figures')
      .evaluateAll((parts) => parts.filter((part) => part.scrollWidth > part.clientWidth).length);
    assert.equal(cut, 0);
  });

  it('had nothing to complain about', () => {
    assert.deepEqual(rig.complaints, []);
  });
});

/** Everything these elements say. */
async function text(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).allInnerTexts()).join('\n');
}
