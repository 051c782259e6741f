// What WebAssembly adds, and that nothing depends on it.
import { test as plain, type Page } from '@playwright/test';
import { expect, hydrated, logIn, test } from './journey';

function scripts(page: Page): string[] {
  const seen: string[] = [];
  page.on('request', (request) => {
    const file = new URL(request.url()).pathname;
    if (request.resourceType() === 'script' || /\.(js|wasm)$/.test(file)) seen.push(file);
  });
  return seen;
}

/** What the browser says when a tab comes back to the front. */
async function comeBack(page: Page) {
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
}

test('Home loads no script', async ({ page }) => {
  const seen = scripts(page);
  await page.goto('/', { waitUntil: 'networkidle' });
  expect(seen).toEqual([]);
});

test('the dashboard wakes its islands', async ({ page }) => {
  const seen = scripts(page);
  await logIn(page);
  await hydrated(page);
  expect(seen).toContain('/pkg/sparekey.wasm');
  await expect(page.locator('time[datetime]').first()).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('no page fetches a script or WebAssembly', async ({ page }) => {
    const seen = scripts(page);
    await logIn(page);
    for (const path of ['/dashboard', '/account', '/']) {
      await page.goto(path, { waitUntil: 'networkidle' });
    }
    expect(seen).toEqual([]);
  });
});

test('a tab that comes back says that one was signed out elsewhere', async ({ page, context }) => {
  await logIn(page);
  await hydrated(page);
  const second = await context.newPage();
  await second.goto('/');
  await second.getByRole('banner').getByRole('button', { name: 'Log out' }).click();
  await expect(second.getByRole('link', { name: 'Sign up' })).toBeVisible();

  await comeBack(page);
  await expect(page.getByText('You were signed out elsewhere')).toBeVisible();
});

test('a tab that comes back to a live session says nothing', async ({ page }) => {
  await logIn(page);
  await hydrated(page);
  const asked = page.waitForResponse((response) => response.request().method() === 'POST');
  await comeBack(page);
  await asked;
  await expect(page.getByText('You were signed out elsewhere')).toHaveCount(0);
});

// Not held to a clean console: the browser rightly says that the file did not come.
plain('where WebAssembly does not come, the journey is the same', async ({ page }) => {
  await page.route('**/*.wasm', (route) => route.abort());
  await logIn(page);
  await expect(page.getByRole('article')).toContainText('ada@example.com');
  await page.getByRole('banner').getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('link', { name: 'Sign up' })).toBeVisible();
});
