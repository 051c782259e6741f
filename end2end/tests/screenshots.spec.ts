// The pictures in the README are what the pages look like: this test holds them to it, within the fonts of
// another machine. `npx playwright test screenshots --update-snapshots=all` in this folder takes them anew.
import type { Page } from '@playwright/test';
import { expect, logIn, test } from './journey';

const close = { maxDiffPixelRatio: 0.06, animations: 'disabled' } as const;

test.use({ viewport: { width: 1120, height: 760 }, locale: 'en-GB' });

/** What differs from run to run, as if it did not. */
async function settle(page: Page) {
  await page.evaluate(() => {
    const codes = document.querySelectorAll('main code');
    codes.forEach((code, at) => (code.textContent = at ? 'dev|0001' : '0198f3a1-6c2e-7b41-9d0f-5a8e13c7b204'));
    const count = [...document.querySelectorAll('dt')].find((term) => term.textContent === 'Log-ins');
    if (count?.nextElementSibling) count.nextElementSibling.textContent = '37';
    document.querySelectorAll('main time').forEach((time) => (time.textContent = 'just now'));
    document.querySelectorAll('main li small').forEach((small) => {
      small.textContent = small.textContent?.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:3001') ?? '';
    });
  });
}

test('Home', async ({ page }) => {
  await page.goto('/');
  await expect(page).toHaveScreenshot('home.png', close);
});

test('the dashboard, light and dark', async ({ page }) => {
  await logIn(page);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await settle(page);
    await expect(page).toHaveScreenshot(`dashboard-${colorScheme}.png`, close);
  }
});
