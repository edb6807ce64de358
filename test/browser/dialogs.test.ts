import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { eventually } from '../start/desk-run.ts';
import { browserSuite, inEditor, openEditor } from './desk-browser.ts';
import { auditDialog, choicesOf, choose, focused, reachable } from './dialog-audit.js';
import { closeDialog, DIALOGS, openDialog, setTheme, THEMES } from './dialogs.ts';

const idsOf = (found: { id: string }[]) => found.map(({ id }) => id);

browserSuite('every dialog', (rig) => {
  let page: Page;
  before(async () => {
    page = await openEditor(rig, { width: 1440, height: 900 });
  });

  for (const dialog of DIALOGS) {
    describe(`of ${dialog.type}`, () => {
      before(async () => {
        await openDialog(page, dialog);
        await inEditor(page, "$('.red-ui-tray details').prop('open', true)");
        // What a dialog asks the runtime for when it opens must have come, and none of it may be in error.
        await page.waitForLoadState('networkidle');
      });
      after(async () => {
        await setTheme(page, 'light');
        await closeDialog(page);
      });

      it('opens no wider than its fields need', async () => {
        const box = await page.locator('.red-ui-tray').boundingBox();
        assert.ok(box && box.width >= 500 && box.width <= 680, `${box?.width} pixels wide`);
      });

      it('opens with every field in order', async () => {
        assert.equal(await page.locator('.red-ui-tray .input-error').count(), 0);
      });

      it('can be walked through with the Tab key in the order it is read', async () => {
        const expected = await page.evaluate(reachable);
        assert.ok(expected.length >= 2, 'too little to walk through');
        await inEditor(page, "$('.red-ui-tray .trader-form').find(':focusable').first().trigger('focus')");
        const walked = [await page.evaluate(focused)];
        while (walked.length <= expected.length) {
          await page.keyboard.press('Tab');
          const now = await page.evaluate(focused);
          if (now === '') break;
          walked.push(now);
        }
        assert.deepEqual(walked, expected);
      });

      for (const theme of THEMES) {
        it(`is whole, labelled and readable in the ${theme} theme, whatever is chosen`, async () => {
          await setTheme(page, theme);
          const wrong = new Set<string>(await page.evaluate(auditDialog, dialog.type));
          for (const choice of await page.evaluate(choicesOf)) {
            await page.evaluate(choose, choice);
            for (const each of await page.evaluate(auditDialog, dialog.type)) {
              wrong.add(`${each} (${choice.id} = ${choice.value})`);
            }
          }
          assert.deepEqual([...wrong], []);
        });
      }
    });
  }

  it('asks of a price alert what its condition needs, as soon as it is chosen', async () => {
    await openDialog(page, DIALOGS.find(({ type }) => type === 'trader-price-alert')!);
    const wrong = () => page.locator('.red-ui-tray .trader-form .input-error').evaluateAll(idsOf);
    await page.locator('#node-input-source').selectOption('own');
    assert.equal(await page.locator('#node-input-interval').inputValue(), '5');
    await page.locator('#node-input-value').fill('');
    await page.keyboard.press('Tab');
    await eventually('the value is asked for', async () => (await wrong()).join() === 'node-input-value');
    await page.locator('#node-input-condition').selectOption('rsi_overbought');
    await eventually('the RSI has a usual value', async () => (await wrong()).join() === '');
    await page.locator('#node-input-length').fill('1');
    await page.keyboard.press('Tab');
    await eventually('the length is too short', async () => (await wrong()).join() === 'node-input-length');
    await page.locator('#node-input-source').selectOption('api');
    await eventually('nothing is asked for', async () => (await wrong()).join() === '');
    await closeDialog(page);
  });

  it('says what a choice of trading would mean before it is applied', async () => {
    await openDialog(page, DIALOGS.find(({ type }) => type === 'trader-account')!);
    const note = page.locator('#trader-account-halt-note');
    await page.locator('#trader-account-halt-state:enabled').waitFor();
    assert.match(await note.innerText(), /^Entries and exits are allowed/);
    await page.locator('#trader-account-halt-state').selectOption('halted');
    assert.match(await note.innerText(), /^Not applied yet, trading is still “Active”.*No order is sent\.$/);
    await page.locator('#trader-account-halt-apply').click();
    assert.match(await note.innerText(), /^Not applied\. Say why:/);
    await page.locator('#trader-account-halt-state').selectOption('active');
    await eventually('the state that holds', async () => /^Entries/.test(await note.innerText()));
    await closeDialog(page);
  });

  it('says that trading stays as it is when a choice is left without Apply', async () => {
    await openDialog(page, DIALOGS.find(({ type }) => type === 'trader-account')!);
    await page.locator('#trader-account-halt-state:enabled').waitFor();
    await page.locator('#trader-account-halt-state').selectOption('halted');
    await page.locator('#node-config-dialog-ok').click();
    const said = page.locator('.red-ui-notification', { hasText: 'Trading was not set to “Halted”' });
    await said.waitFor();
  });

  it('had nothing to complain about', () => {
    assert.deepEqual(rig.complaints, []);
  });
});
