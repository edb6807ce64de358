import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { eventually } from '../start/desk-run.ts';
import { browserSuite, inEditor, openEditor, press, statusOf } from './desk-browser.ts';

browserSuite('a reason', (rig) => {
  let page: Page;
  before(async () => {
    page = await openEditor(rig, { width: 1840, height: 960 });
    await inEditor(page, "RED.actions.invoke('core:show-debug-tab')");
  });

  it('is read in the debug sidebar as a whole, with nothing to open', async () => {
    await press(page, 'tt-webhook-buy');
    await said(page, /^"buy 10 AAPL, 10 filled at \d+\.\d+"$/);
    await press(page, 'tt-webhook-buy');
    const refusal = await said(page, /^"the last buy of AAPL by tradingview was approved .+"$/);
    assert.ok(refusal.length > 90, 'short enough to be shown by any sidebar');
    assert.doesNotMatch(refusal, /…|\.\.\./);
    const handles = page.locator('.red-ui-debug-msg', { hasText: 'msg.because' }).locator('.fa-caret-right');
    assert.equal(await handles.count(), 0);
  });

  it('of an error and of a warning is read as a whole, too', async () => {
    const asked = { p: 'payload', v: '{"from":"last week"}', vt: 'json' };
    await post('inject/md-bars-ask', { __user_inject_props__: [asked, { p: 'topic', v: 'QQQ', vt: 'str' }] });
    await said(page, /^"TraderError: from: "last week" is not accepted; expected .+, or epoch ms"$/);
    const flows = (await (await fetch(new URL('flows', rig.desk.ready.editor))).json()) as { id: string }[];
    const wrong = (each: { id: string }) =>
      each.id === 'md-clock-clock' ? { ...each, cron: '0 0 30 2 *' } : each;
    await post('flows', flows.map(wrong), { 'node-red-deployment-type': 'nodes' });
    const day = 'a day that one of the months has';
    await said(page, new RegExp(`^"Cron line: "0 0 30 2 \\*" is not accepted; expected ${day}"$`));
    await post('flows', flows, { 'node-red-deployment-type': 'nodes' });
  });

  async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<void> {
    const answer = await fetch(new URL(path, rig.desk.ready.editor), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.text()}`);
  }

  it('stands below the node in a few words, and none is cut', async () => {
    await eventually(
      'the light',
      async () => (await statusOf(page, 'tt-webhook-risk')) === 'SIM repeat refused',
    );
    await press(page, 'tt-webhook-sell');
    await said(page, /^"sell 10 AAPL, 10 filled at/);
    await press(page, 'tt-webhook-sell');
    await eventually(
      'the light',
      async () => (await statusOf(page, 'tt-webhook-size')) === 'SIM nothing held',
    );
    const lights = await page.locator('.red-ui-flow-node-status-label').allTextContents();
    assert.deepEqual(
      lights.filter((text) => /…|\.\.\./.test(text)),
      [],
    );
  });

  it('says why trading is halted, and who reads it knows what to lift', async () => {
    await inEditor(
      page,
      `$.ajax({
        url: 'trader-account/tt-account/halt-state',
        method: 'POST',
        contentType: 'application/json',
        data: JSON.stringify({ state: 'halted', reason: 'earnings tonight, and a few words more than fit into a short line' }),
      })`,
    );
    await said(page, /trading is now halted, set by editor: earnings tonight, and .+ short line"$/);
    await press(page, 'tt-webhook-buy');
    await said(
      page,
      /trading is halted \(earnings tonight, .+ short line\): nothing is sent until a person lifts it/,
    );
  });

  it('had nothing to complain about', () => {
    assert.deepEqual(rig.complaints, []);
  });
});

/** Waits until the debug sidebar shows this, and returns it. */
async function said(page: Page, words: RegExp): Promise<string> {
  let found: string | undefined;
  await eventually(`the words ${words}`, async () => {
    const shown = await page
      .locator('.red-ui-debug-msg-payload .red-ui-debug-msg-object-header')
      .allInnerTexts();
    found = shown.find((text) => words.test(text));
    return found !== undefined;
  });
  return found ?? '';
}
