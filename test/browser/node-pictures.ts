/** Pictures of every node, in both themes: its dialog with all fields, and how it looks on the canvas. */
import path from 'node:path';
import type { Page } from 'playwright-core';
import { inEditor } from './desk-browser.ts';
import { closeDialog, DIALOGS, type Dialog, openDialog, setTheme, THEMES } from './dialogs.ts';

/** A dialog is shown with what it has to say, not as it first opens. */
const SHOWN: Record<string, (page: Page) => Promise<void>> = {
  'position-size': async (page) => {
    await page.locator('#node-input-method').selectOption('risk_per_trade');
    await page.locator('#node-input-stopLoss').selectOption('percent');
    await page.locator('#node-input-stopLossAway').fill('2');
  },
  'trader-price-alert': async (page) => {
    await page.locator('#node-input-source').selectOption('own');
    await page.locator('#node-input-action').selectOption('buy');
  },
  'trader-account': async (page) => {
    await page.locator('#trader-account-test').click();
    await page.locator('#trader-account-test-result:not(.trader-busy)').waitFor();
  },
};

/** Around a node on the canvas, in pixels. */
const MARGIN = 14;
const WIDTH = 1400;
const HEIGHT = 900;

/** `<type>-dialog-light.png`, `<type>-node-dark.png` and so on, for each node of the shipped flow. */
export async function photographNodes(page: Page, folder: string): Promise<void> {
  // The node alone: what is around it would be cut at the edge of its picture.
  const around = '.red-ui-flow-group, .red-ui-flow-link, .red-ui-flow-node-group:not(.in-the-picture)';
  await page.addStyleTag({ content: `${around} { visibility: hidden; }` });
  for (const theme of THEMES) {
    await setTheme(page, theme);
    for (const dialog of DIALOGS) {
      await photographDialog(page, dialog, path.join(folder, `${dialog.type}-dialog-${theme}.png`));
      if (!dialog.config) {
        await photographNode(page, dialog, path.join(folder, `${dialog.type}-node-${theme}.png`));
      }
    }
  }
  await setTheme(page, 'light');
}

async function photographDialog(page: Page, dialog: Dialog, file: string): Promise<void> {
  await openDialog(page, dialog);
  await inEditor(page, "$('.red-ui-tray details').prop('open', true)");
  await SHOWN[dialog.type]?.(page);
  await page.waitForLoadState('networkidle');
  await inEditor(page, 'document.activeElement?.blur()');
  await page.mouse.move(0, 0);
  const hidden = await inEditor<number>(
    page,
    `(() => {
      const form = document.querySelector('.red-ui-tray .trader-form');
      const body = document.querySelector('.red-ui-tray-body');
      return Math.ceil(form.getBoundingClientRect().bottom - body.getBoundingClientRect().bottom);
    })()`,
  );
  await page.setViewportSize({ width: WIDTH, height: HEIGHT + hidden + MARGIN });
  const [tray, title] = [await boxOf(page, '.red-ui-tray'), await boxOf(page, '.red-ui-tray-titlebar')];
  // Without the handle on its left edge, through which the canvas is seen.
  const clip = { ...tray, x: title.x, width: title.width };
  await page.screenshot({ path: file, clip, animations: 'disabled' });
  await closeDialog(page);
  await page.setViewportSize({ width: WIDTH, height: HEIGHT });
}

async function photographNode(page: Page, { id }: Dialog, file: string): Promise<void> {
  await inEditor(page, `RED.view.reveal('${id}'); RED.view.select({ nodes: [] })`);
  // The selection's frame fades, and nothing may lie over the canvas.
  await page.locator('.red-ui-notification').waitFor({ state: 'detached' });
  await page.waitForTimeout(1_000);
  await inEditor(page, `document.getElementById('${id}').classList.add('in-the-picture')`);
  const box = await boxOf(page, `[id="${id}"]`);
  const clip = {
    x: box.x - MARGIN,
    y: box.y - MARGIN,
    width: box.width + 2 * MARGIN,
    height: box.height + 2 * MARGIN,
  };
  await page.screenshot({ path: file, clip });
  await inEditor(page, `document.getElementById('${id}').classList.remove('in-the-picture')`);
}

async function boxOf(page: Page, selector: string) {
  const box = await page.locator(selector).boundingBox();
  if (!box) throw new Error(`${selector} is not to be seen`);
  return box;
}
