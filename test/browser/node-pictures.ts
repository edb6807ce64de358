/** Pictures of every node, in both themes: its dialog with all fields, and how it looks on the canvas. */
import path from 'node:path';
import type { Page } from 'playwright-core';
import { inEditor } from './desk-browser.ts';
import { closeDialog, DIALOGS, type Dialog, openDialog, setTheme, THEMES } from './dialogs.ts';

/** A dialog is shown with what it has to say, not as it first opens. */
const SHOWN: Record<string, (page: Page) => Promise<void>> = {
  'position-size': async (page) => {
    await page.locator('#node-input-method').selectOption('risk_per_trade');
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
  // The node alone: wires and groups would be cut at the edge of its picture.
  await page.addStyleTag({ content: '.red-ui-flow-group, .red-ui-flow-link { visibility: hidden; }' });
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
  await page.locator('.red-ui-tray').screenshot({ path: file, animations: 'disabled' });
  await closeDialog(page);
  await page.setViewportSize({ width: WIDTH, height: HEIGHT });
}

async function photographNode(page: Page, { id }: Dialog, file: string): Promise<void> {
  await inEditor(page, `RED.view.reveal('${id}'); RED.view.select({ nodes: [] })`);
  // The selection's frame fades, and nothing may lie over the canvas.
  await page.locator('.red-ui-notification').waitFor({ state: 'detached' });
  await page.waitForTimeout(1_000);
  const box = await page.locator(`[id="${id}"]`).boundingBox();
  if (!box) throw new Error(`${id} is not on the canvas`);
  const clip = {
    x: box.x - MARGIN,
    y: box.y - MARGIN,
    width: box.width + 2 * MARGIN,
    height: box.height + 2 * MARGIN,
  };
  await page.screenshot({ path: file, clip });
}
