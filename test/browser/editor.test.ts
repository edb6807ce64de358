import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { eventually } from '../start/desk-run.ts';
import { browserSuite, inEditor, openEditor, press, statusOf } from './desk-browser.ts';
import { closeDialog, DIALOGS, openDialog, settled } from './dialogs.ts';

const PALETTE = [
  'place-order',
  'portfolio',
  'position-size',
  'risk-check',
  'trader-api',
  'trader-bars',
  'trader-clock',
  'trader-price-alert',
  'tradier-quote',
  'udf-endpoint',
  'webhook-in',
];
const WEBHOOK = DIALOGS.find(({ type }) => type === 'webhook-in')!;
const ACCOUNT = DIALOGS.find(({ type }) => type === 'trader-account')!;

browserSuite('the editor', (rig) => {
  let page: Page;
  before(async () => {
    page = await openEditor(rig);
  });

  it('lists the nodes under trading, first in the palette', async () => {
    const listed = await page
      .locator('#red-ui-palette-container-trading .red-ui-palette-node')
      .evaluateAll((nodes) => nodes.map((node) => node.getAttribute('data-palette-type')));
    assert.deepEqual(listed.sort(), [...PALETTE].sort());
    const first = page.locator('#red-ui-palette-container .red-ui-palette-category').first();
    assert.match(await first.innerText(), /^trading/);
  });

  it('has the shipped flow, valid and connected', async () => {
    const invalid = await inEditor<string[]>(
      page,
      'RED.nodes.filterNodes({}).filter((n) => n.valid === false).map((n) => n.id)',
    );
    assert.deepEqual(invalid, []);
    for (const node of ['in', 'size', 'risk', 'order']) {
      await eventually(`${node} is ready`, async () =>
        /^SIM /.test(await statusOf(page, `tt-webhook-${node}`)),
      );
    }
  });

  it('takes a node that is dragged, wired, configured and deployed, and shows its status', async () => {
    await inEditor(page, "RED.actions.invoke('core:add-flow')");
    const inject = await drag(page, 'inject', 200, 160);
    const quote = await drag(page, 'tradier-quote', 440, 160);
    await wire(page, inject, quote);

    await doubleClick(page, quote);
    // The only account is chosen by itself.
    assert.equal(await page.locator('#node-input-account').inputValue(), 'tt-account');
    await page.locator('#node-input-symbols').fill('MSFT, not a symbol');
    await page.locator('#node-input-symbols').dispatchEvent('change');
    await page.locator('#node-input-symbols.input-error').waitFor();
    await page.locator('#node-input-symbols').fill('MSFT');
    await page.locator('#node-dialog-ok').click();
    await page.locator('.red-ui-tray').waitFor({ state: 'detached' });

    await page.locator('#red-ui-header-button-deploy').click();
    await page.locator('#red-ui-header-button-deploy.disabled').waitFor();
    await eventually('the node is ready', async () => (await statusOf(page, quote)) === 'SIM ready');
    await press(page, inject);
    await eventually('the quote is shown', async () => /^SIM MSFT \d/.test(await statusOf(page, quote)));
  });

  it('makes a secret of 43 characters and an alert that holds it', async () => {
    await openDialog(page, WEBHOOK);
    assert.equal(await page.locator('#webhook-in-url').inputValue(), rig.desk.ready.webhook);
    await page.locator('#webhook-in-secret-make').click();
    const secret = await page.locator('#node-input-secret').inputValue();
    assert.match(secret, /^[A-Za-z0-9_-]{43}$/);
    const alert = JSON.parse(await page.locator('#webhook-in-message').inputValue());
    assert.equal(alert.secret, secret);
    for (const part of ['ticker', 'interval', 'time', 'timenow', 'strategy.order.id']) {
      assert.ok(Object.values(alert).includes(`{{${part}}}`), part);
    }
    await closeDialog(page);
  });

  it('tests the typed account before it is deployed', async () => {
    await openDialog(page, ACCOUNT);
    await page.locator('#trader-account-test').click();
    const said = page.locator('#trader-account-test-result');
    await eventually('an answer', async () => /^Connected to account VA/.test(await said.innerText()));
    assert.match(await said.innerText(), /Equity [\d,]+\.\d\d, cash [\d,]+\.\d\d dollars.*simulated/s);

    await page.locator('#node-config-input-accountId').fill('VA00000000');
    await page.locator('#trader-account-test').click();
    await page.locator('#node-config-input-accountId.input-error').waitFor();
    assert.match((await said.getAttribute('class')) ?? '', /trader-bad/);
    await closeDialog(page);
  });

  it('limits trading at once, with a reason', async () => {
    const open = async () => {
      await openDialog(page, ACCOUNT);
      await page.locator('#trader-account-halt-state:enabled').waitFor();
    };
    const choose = async (state: string, reason: string, says: RegExp) => {
      await page.locator('#trader-account-halt-state').selectOption(state);
      await page.locator('#trader-account-halt-reason').fill(reason);
      await page.locator('#trader-account-halt-apply').click();
      await eventually(state, async () =>
        says.test(await page.locator('#trader-account-halt-note').innerText()),
      );
    };
    await open();
    await choose('reducing', '', /Say why/);
    await choose(
      'reducing',
      'earnings tonight',
      /^Only orders that reduce a position are sent\. Reason: earnings tonight\./,
    );
    await closeDialog(page);
    await open();
    assert.equal(await page.locator('#trader-account-halt-state').inputValue(), 'reducing');
    await choose('active', 'test over', /^Entries and exits/);
    await closeDialog(page);
  });

  it('offers the flow and one example for each node under Import', async () => {
    await inEditor(page, "RED.actions.invoke('core:show-examples-import-dialog')");
    const dialog = page.locator('#red-ui-clipboard-dialog-import-tab-examples');
    await dialog.waitFor();
    await row(page, '@trader-ops/node-red-trader').click();
    await row(page, 'tradingview-webhook').waitFor();
    for (const type of PALETTE) await row(page, type).waitFor();
    await row(page, 'risk-check').click();
    await row(page, '01 - Check an order against the limits').click();
  });

  it('imports an example beside the flow and uses the account that is there', async () => {
    await page.locator('#red-ui-clipboard-dialog-ok').click();
    // The editor asks, because the account of the example exists already.
    await page.locator('.red-ui-notification button', { hasText: /copy/i }).click();
    const canvas = await page.locator('#red-ui-workspace-chart').boundingBox();
    assert.ok(canvas);
    await page.mouse.move(canvas.x + 500, canvas.y + 450, { steps: 5 });
    await page.mouse.click(canvas.x + 500, canvas.y + 450);
    const [accounts, check] = await inEditor<[number, string]>(
      page,
      `(() => {
        let accounts = 0;
        RED.nodes.eachConfig((each) => { if (each.type === 'trader-account') accounts += 1; });
        const [check] = RED.nodes.filterNodes({ z: RED.workspaces.active(), type: 'risk-check' });
        return [accounts, check?.account];
      })()`,
    );
    assert.equal(accounts, 1);
    assert.equal(check, 'tt-account');
  });

  it('shows help with its parts for each node', async () => {
    for (const type of PALETTE) {
      const help = await inEditor<string>(page, `RED.nodes.getNodeHelp('${type}')`);
      assert.match(help, /<h3>Inputs<\/h3>[\s\S]*<h3>Outputs<\/h3>[\s\S]*<h3>Details<\/h3>/);
    }
  });

  it('had nothing to complain about', () => {
    assert.deepEqual(rig.complaints, []);
  });
});

/** From the palette to the canvas; the new node's id. */
async function drag(page: Page, type: string, x: number, y: number): Promise<string> {
  const source = page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
  await source.scrollIntoViewIfNeeded();
  const from = await source.boundingBox();
  const canvas = await page.locator('#red-ui-workspace-chart').boundingBox();
  assert.ok(from && canvas);
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(canvas.x + x - 20, canvas.y + y - 20, { steps: 8 });
  await page.mouse.move(canvas.x + x, canvas.y + y, { steps: 4 });
  await page.mouse.up();
  const id = await inEditor<string | undefined>(
    page,
    `RED.nodes.filterNodes({ z: RED.workspaces.active(), type: '${type}' })[0]?.id`,
  );
  assert.ok(id, `${type} did not land on the canvas`);
  return id;
}

async function wire(page: Page, from: string, to: string): Promise<void> {
  const out = await page.locator(`[id="${from}"] .red-ui-flow-port-output .red-ui-flow-port`).boundingBox();
  const into = await page.locator(`[id="${to}"] .red-ui-flow-port-input .red-ui-flow-port`).boundingBox();
  assert.ok(out && into);
  await page.mouse.move(out.x + out.width / 2, out.y + out.height / 2);
  await page.mouse.down();
  await page.mouse.move(into.x + into.width / 2, into.y + into.height / 2, { steps: 10 });
  await page.mouse.up();
  const links = await inEditor<number>(page, `RED.nodes.filterLinks({ source: { id: '${from}' } }).length`);
  assert.equal(links, 1, 'the wire did not hold');
}

async function doubleClick(page: Page, node: string): Promise<void> {
  await page.locator(`[id="${node}"] > .red-ui-flow-node`).dblclick();
  await settled(page, '#node-dialog-ok');
}

const row = (page: Page, label: string) =>
  page
    .locator('#red-ui-clipboard-dialog-import-tab-examples .red-ui-treeList-label')
    .filter({ hasText: new RegExp(`^\\s*${label.replace(/[/.]/g, '\\$&')}\\s*$`) })
    .first();
