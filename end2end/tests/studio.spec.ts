// What makes the studio's list quick to use: it follows what is typed, and has keys. None of it is needed.
import type { Page } from '@playwright/test';
import { expect, hydrated, logIn, test } from './journey';

const box = (page: Page) => page.getByRole('searchbox');
const rows = (page: Page) => page.locator('.people tbody tr');
const names = (page: Page) => page.locator('.people tbody th a');
const status = (page: Page) => page.locator('#count');

/** The list, as the operator of the development provider; Mira and Ada are in it. */
async function list(page: Page, query = '') {
  for (const person of ['Mira', 'Ada Lovelace', 'Grace Hopper']) {
    await page.context().clearCookies();
    await logIn(page, person);
  }
  await page.goto(`/studio${query}`);
}

test('the list and its address follow what is typed, and the box keeps the focus', async ({ page }) => {
  await list(page);
  await hydrated(page);
  await page.evaluate(() => document.body.setAttribute('data-same', 'yes'));
  await box(page).pressSequentially('mira', { delay: 30 });
  await expect(status(page)).toHaveText(/^1 user\. Searched for a name/);
  await expect(names(page)).toHaveText([/Mira/]);
  await expect(page).toHaveURL(/\/studio\?q=mira$/);
  await expect(box(page)).toBeFocused();
  await expect(page.getByRole('list', { name: 'What is searched' })).toContainText('“mira”');
  await expect(page.locator('body')).toHaveAttribute('data-same', 'yes');

  await names(page).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Mira');
  await page.goBack();
  await expect(box(page)).toHaveValue('mira');
  await expect(rows(page)).toHaveCount(1);
});

test('of two searches the later one is shown, whichever comes first', async ({ page }) => {
  await list(page);
  await hydrated(page);
  await page.route(/\/studio\?q=a&/, async (route) => {
    await new Promise((wake) => setTimeout(wake, 1500));
    await route.continue().catch(() => undefined);
  });
  const given = page.waitForEvent('requestfailed');
  await box(page).press('a');
  await expect(page.locator('#found')).toHaveAttribute('aria-busy', 'true');
  await expect(status(page)).toHaveText('Searching…');
  await box(page).fill('hopper');
  await given;
  await expect(names(page)).toHaveText([/Grace Hopper/]);
  await page.waitForTimeout(1500);
  await expect(names(page)).toHaveText([/Grace Hopper/]);
  await expect(page).toHaveURL(/q=hopper$/);
});

test('whoever went on to the rows before they came stays among them', async ({ page }) => {
  await list(page);
  await hydrated(page);
  await page.route(/\/studio\?q=hopper&/, async (route) => {
    await new Promise((wake) => setTimeout(wake, 800));
    await route.continue();
  });
  await box(page).fill('hopper');
  await expect(status(page)).toHaveText('Searching…');
  await box(page).press('ArrowDown');
  await expect(names(page)).toHaveText([/Grace Hopper/]);
  await expect(names(page).first()).toBeFocused();
});

test('nobody is found, and the way back is there', async ({ page }) => {
  await list(page);
  await hydrated(page);
  await box(page).fill('zzzz');
  await expect(page.getByText('Nobody is found so.')).toBeVisible();
  await page.getByRole('link', { name: 'Show everybody' }).click();
  await expect(page).toHaveURL(/\/studio$/);
  await expect(rows(page).nth(1)).toBeVisible();
});

test('who was signed out elsewhere is sent to log in', async ({ page, context }) => {
  await list(page);
  await hydrated(page);
  const other = await context.newPage();
  await other.goto('/');
  await other.getByRole('banner').getByRole('button', { name: 'Log out' }).click();
  await expect(other.getByRole('link', { name: 'Sign up' })).toBeVisible();
  await box(page).fill('ada');
  await expect(page.getByRole('heading', { level: 1, name: 'Choose an account' })).toBeVisible();
});

test.describe('where no answer comes', () => {
  test.use({ forgiven: /ERR_FAILED/ });

  test('it is said, and the rows stay', async ({ page }) => {
    await list(page);
    await hydrated(page);
    const before = await rows(page).count();
    await page.route(/\/studio\?q=/, (route) => route.abort());
    await box(page).fill('mira');
    await expect(status(page)).toHaveText('The list did not come. Search asks again.');
    await expect(rows(page)).toHaveCount(before);
    await expect(page.locator('#found')).toHaveAttribute('aria-busy', 'false');
  });
});

test('keys lead through the rows, and are letters elsewhere', async ({ page }) => {
  await list(page, '?sort=name');
  await hydrated(page);
  await box(page).focus();
  await page.keyboard.press('ArrowDown');
  await expect(names(page).nth(0)).toBeFocused();
  await page.keyboard.press('j');
  await expect(names(page).nth(1)).toBeFocused();
  await page.keyboard.press('k');
  await page.keyboard.press('k');
  await expect(names(page).nth(0)).toBeFocused();
  await page.keyboard.press('x');
  await expect(rows(page).nth(0).getByRole('checkbox')).toBeChecked();
  await page.keyboard.press('a');
  await expect(page.locator('.people tbody input:not(:checked)')).toHaveCount(0);
  await page.keyboard.press('a');
  await expect(page.locator('.people tbody input:checked')).toHaveCount(0);
  await page.keyboard.press('?');
  await expect(page.getByText('back to the box')).toBeVisible();
  // Away from the rows they do nothing.
  await page.keyboard.press('j');
  await expect(page.getByText('Keys', { exact: true })).toBeFocused();
  await names(page).nth(1).focus();
  await page.keyboard.press('/');
  await expect(box(page)).toBeFocused();
  await page.keyboard.type('j/k?x');
  await expect(box(page)).toHaveValue('j/k?x');
  await expect(page.getByText('Nobody is found so.')).toBeVisible();
  await box(page).fill('');
  await expect(rows(page).nth(1)).toBeVisible();
  await box(page).press('ArrowDown');
  const name = await names(page).nth(0).textContent();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name!);
});

test('what support is asked for is copied by a button', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await list(page, '?q=mira');
  await names(page).click();
  await hydrated(page);
  await page.getByRole('button', { name: 'Copy id' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Copied' })).toHaveCount(1);
  const id = new URL(page.url()).pathname.split('/').pop();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(id);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('it is searched, its columns are chosen, and whoever is ticked is asked about', async ({ page }) => {
    await list(page);
    await expect(page.getByText('Keys', { exact: true })).toHaveCount(0);
    await box(page).fill('mira');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(names(page)).toHaveText([/Mira/]);
    await page.getByText('Columns', { exact: true }).click();
    await page.getByRole('checkbox', { name: 'Phone' }).check();
    await page.getByRole('checkbox', { name: 'Last log-in' }).uncheck();
    await page.getByRole('button', { name: 'Show these' }).click();
    await expect(page).toHaveURL(/q=mira&cols=/);
    await expect(page.getByRole('columnheader', { name: 'Phone' })).toBeVisible();
    await expect(page.getByRole('columnheader', { name: 'Last log-in' })).toHaveCount(0);
    await expect(names(page)).toHaveText([/Mira/]);
    await page.getByRole('checkbox', { name: 'Tick Mira' }).check();
    await page.getByRole('button', { name: 'End all sessions' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'End all sessions?' })).toBeVisible();
    const whom = page.getByRole('list', { name: 'Whom it is about' });
    await expect(whom).toContainText('Mira');
    await whom.getByRole('link').click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Mira');
    await expect(page.getByRole('button', { name: /^Copy/ })).toHaveCount(0);
  });
});
