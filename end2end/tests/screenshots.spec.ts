// The pictures in the README are what the pages look like: this test holds them to it, within the fonts of
// another machine. `npx playwright test screenshots --update-snapshots=all` in this folder takes them anew.
import type { Page } from '@playwright/test';
import { expect, hydrated, logIn, test } from './journey';

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

// Of somebody whom no other test is: sessions are listed, and the picture would grow with each.
test('your data', async ({ page }) => {
  await logIn(page, 'Vera Text');
  await page.goto('/account');
  await settle(page);
  await page.evaluate(() => {
    for (const cell of document.querySelectorAll('#sessions tbody time')) cell.textContent = 'just now';
  });
  await expect(page).toHaveScreenshot('account.png', { ...close, fullPage: true });
});

/** The people of the picture, in its order. */
const crowd = [
  'Grace Hopper',
  'Ada Lovelace',
  'محمد بن عبد الله الفارسي',
  'Sam Okonkwo',
  'Uma Verified',
  'Paul Picture',
  'Suharto',
  'Sam Oyelaran',
];

/** The list as if there were nobody else, and as if they had come one after the other. */
async function settleList(page: Page) {
  await page.evaluate((crowd) => {
    const rows = [...document.querySelectorAll('.people tbody tr')];
    const kept = rows.filter((row) => {
      const isKept = crowd.includes(row.querySelector('th a')?.textContent ?? '');
      if (!isKept) row.remove();
      return isKept;
    });
    const say = (row: Element, head: string, text: string) => {
      const cell = row.querySelector(`[data-label="${head}"] > span`);
      if (cell) cell.textContent = text;
    };
    const ago = ['just now', '3 minutes ago', '8 minutes ago', '1 hour ago', '2 hours ago', 'yesterday', '3 days ago', '6 days ago'];
    const place = (row: Element) => crowd.indexOf(row.querySelector('th a')!.textContent!);
    kept.sort((one, other) => place(one) - place(other));
    kept.forEach((row, at) => {
      row.parentElement!.append(row);
      say(row, 'Last log-in', ago[at] ?? 'just now');
      say(row, 'First seen', `${at + 3} Nov 2026`);
      say(row, 'Log-ins', String([37, 212, 9, 1, 58, 17, 4, 130][at]));
    });
    const figures = document.querySelectorAll('.figures dd a');
    figures.forEach((figure, at) => (figure.textContent = ['8', '8', '8', '0', '0', '0'][at] ?? '0'));
    const whole = (from: RegExp, to: string) => {
      for (const element of document.querySelectorAll('main .hint, main caption')) {
        if (element.childElementCount === 0) element.textContent = element.textContent!.replace(from, to);
      }
    };
    whole(/at [\d:]+ UTC, \d+ s ago/, 'at 10:00:00 UTC, 3 s ago');
    whole(/\d+ in all, \d+ at most/, '8 in all, 8 at most');
    whole(/^\d+ on this page/, '8 on this page');
    document.querySelector('#count')!.textContent = '8 users.';
  }, crowd);
}

test('the studio, light and dark', async ({ page }) => {
  test.slow();
  await page.setViewportSize({ width: 1280, height: 1000 });
  for (const person of [...crowd].reverse()) {
    await page.context().clearCookies();
    await logIn(page, person);
  }
  await page.context().clearCookies();
  await logIn(page, 'Grace Hopper');
  await page.goto('/studio?size=100');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await settleList(page);
    await expect(page).toHaveScreenshot(`studio-${colorScheme}.png`, close);
  }
});

// Of somebody whom no other test is.
test('a user in the studio', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 1000 });
  await logIn(page, 'Kim Kinde');
  await page.context().clearCookies();
  await logIn(page, 'Grace Hopper');
  await page.goto('/studio?q=kim');
  await page.getByRole('link', { name: 'Kim Kinde' }).click();
  await hydrated(page);
  await page.evaluate(() => {
    for (const code of document.querySelectorAll('main code')) {
      const text = code.textContent!.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:3001');
      code.textContent = text.replace(/^[\da-f-]{36}$/, '0198f3a1-6c2e-7b41-9d0f-5a8e13c7b204');
    }
    const count = [...document.querySelectorAll('dt')].find((term) => term.textContent === 'Log-ins');
    if (count?.nextElementSibling) count.nextElementSibling.textContent = '9';
    for (const time of document.querySelectorAll('main time')) {
      const exactly = time.closest('table') ? '30 Nov 2026, 10:00:00 UTC' : '30 November 2026';
      time.textContent = time.hasAttribute('data-ago') ? 'just now' : exactly;
    }
  });
  await expect(page).toHaveScreenshot('studio-user.png', { ...close, fullPage: true });
});
