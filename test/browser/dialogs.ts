/** The dialogs of all nodes, as the shipped flow has them: opened, looked at in both themes, closed. */
import type { Page } from 'playwright-core';
import { eventually } from '../start/desk-run.ts';
import { inEditor } from './desk-browser.ts';

export interface Dialog {
  type: string;
  id: string;
  /** Config nodes have dialogs of their own. */
  config?: true;
}

export const DIALOGS: readonly Dialog[] = [
  { type: 'webhook-in', id: 'tt-webhook-in' },
  { type: 'position-size', id: 'tt-webhook-size' },
  { type: 'risk-check', id: 'tt-webhook-risk' },
  { type: 'place-order', id: 'tt-webhook-order' },
  { type: 'portfolio', id: 'tt-webhook-portfolio' },
  { type: 'tradier-quote', id: 'tt-webhook-quotes' },
  { type: 'trader-bars', id: 'md-bars-live' },
  { type: 'trader-clock', id: 'md-clock-clock' },
  { type: 'udf-endpoint', id: 'tt-market-udf' },
  { type: 'trader-api', id: 'md-api-api' },
  { type: 'trader-price-alert', id: 'md-api-alert' },
  { type: 'trader-account', id: 'tt-account', config: true },
  { type: 'risk-policy', id: 'tt-policy', config: true },
];

export const THEMES = ['light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** As View > Appearance in the editor's settings does. */
export async function setTheme(page: Page, theme: Theme): Promise<void> {
  await inEditor(page, `document.documentElement.classList.toggle('nr-theme-dark', ${theme === 'dark'})`);
}

export async function openDialog(page: Page, { type, id, config }: Dialog): Promise<void> {
  await inEditor(
    page,
    config ? `RED.editor.editConfig('', '${type}', '${id}')` : `RED.editor.edit(RED.nodes.node('${id}'))`,
  );
  await settled(page, config ? '#node-config-dialog-cancel' : '#node-dialog-cancel');
}

/** Also when something was changed: that is lost. */
export async function closeDialog(page: Page): Promise<void> {
  await page.locator('#node-dialog-cancel, #node-config-dialog-cancel').click();
  const tray = page.locator('.red-ui-tray');
  const lose = page.locator('.red-ui-notification button.primary');
  await eventually('the dialog is closed', async () => {
    if (await lose.count()) await lose.first().click();
    return (await tray.count()) === 0;
  });
}

/** The tray slides in; before it stands still a click misses. */
export async function settled(page: Page, button: string): Promise<void> {
  await page.locator(button).waitFor();
  let before = -1;
  await eventually('the dialog stands still', async () => {
    const x = (await page.locator(button).boundingBox())?.x ?? -1;
    const still = x === before;
    before = x;
    return still;
  });
}
