// What a visitor reads when a log-in does not come about. None of these pages starts one by itself.
import type { Page, Response } from '@playwright/test';
import { choose, expect, expectSignedIn, logIn, test } from './journey';

async function expectRefusal(page: Page, response: Response | null, status: number, heading: string) {
  expect(response?.status()).toBe(status);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
  await expect(page.locator('main .ref')).toContainText(/Code \w+ · request [\w-]+/);
}

test('cancelling says so and offers to log in again', async ({ page }) => {
  await page.goto('/auth/login');
  const refused = page.waitForResponse(/\/auth\/callback\?/);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expectRefusal(page, await refused, 400, 'You cancelled the log-in.');
  await expect(page.locator('.ref')).toContainText('login_cancelled');

  await page.getByRole('main').getByRole('link', { name: 'Log in again' }).click();
  await choose(page);
  await expectSignedIn(page);
});

test('a callback that nobody is waiting for says so', async ({ page }) => {
  const response = await page.goto('/auth/callback?code=c&state=s');
  await expectRefusal(page, response, 400, 'This browser did not start that log-in.');
  await expect(page.getByRole('main').getByRole('link', { name: 'Log in again' })).toBeVisible();
});

test('a callback that was used up in this browser is refused after the log-out', async ({ page }) => {
  const callback = page.waitForRequest(/\/auth\/callback\?/);
  await logIn(page);
  await page.getByRole('banner').getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('link', { name: 'Sign up' })).toBeVisible();
  const response = await page.goto((await callback).url());
  await expectRefusal(page, response, 400, 'That log-in is over.');
  await expect(page.getByRole('main').getByRole('link', { name: 'Log in again' })).toBeVisible();
});

test('a callback is of no use in another browser', async ({ page, browser }) => {
  const callback = page.waitForRequest(/\/auth\/callback\?/);
  await logIn(page);
  const stranger = await browser.newContext();
  const other = await stranger.newPage();
  const response = await other.goto((await callback).url());
  expect(response?.status()).toBe(400);
  expect((await stranger.request.get(new URL('/api/me', page.url()).href)).status()).toBe(401);
  await stranger.close();
});

test('an address that leads nowhere is a page of its own', async ({ page }) => {
  const response = await page.goto('/dashbord');
  await expectRefusal(page, response, 404, 'There is no page here.');
  await page.getByRole('main').getByRole('link', { name: 'Go to Home' }).click();
  await expect(page.getByRole('link', { name: 'Sign up' })).toBeVisible();
});
