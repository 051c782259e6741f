// The steps that several tests take, and a page that holds every test to a clean console.
import { expect, test as base, type Page } from '@playwright/test';

/** Chromium says this of a page whose own status is 4xx; a refusal is meant to have one. */
const refusal = /^Failed to load resource: the server responded with a status of 4\d\d/;

/** Chromium says this where it skips the animation between two pages, as on a busy machine. */
const skipped = /^InvalidStateError: Transition was aborted/;

export const test = base.extend<{ forgiven: RegExp; cleanConsole: void }>({
  /** What a provider that is not ours may complain of: nothing, unless a test says so. */
  forgiven: [/(?!)/, { option: true }],
  cleanConsole: [
    async ({ context, forgiven }, use) => {
      const complaints: string[] = [];
      context.on('console', (message) => {
        if (!['error', 'warning'].includes(message.type())) return;
        const file = /\.\w+$/.test(new URL(message.location().url, 'http://nowhere').pathname);
        if (refusal.test(message.text()) && !file) return;
        const complaint = `${message.location().url}: ${message.text()}`;
        if (!forgiven.test(complaint)) complaints.push(complaint);
      });
      context.on('weberror', (error) => {
        const complaint = String(error.error());
        if (!skipped.test(complaint)) complaints.push(complaint);
      });
      await use();
      expect(complaints, 'the console').toEqual([]);
    },
    { auto: true },
  ],
});
export { expect };

export const dashboard = /\/dashboard$/;

/** At the development provider: chooses one of its people. */
export async function choose(page: Page, person = 'Ada Lovelace') {
  await expect(page.getByRole('heading', { level: 1, name: 'Choose an account' })).toBeVisible();
  await page.getByRole('button', { name: new RegExp(`^${person}`) }).click();
}

/** At the development provider: becomes somebody whom it has not seen. */
export async function beSomebodyNew(page: Page, name: string, email: string) {
  await page.getByLabel('Name, may be empty').fill(name);
  await page.getByLabel('E-mail, may be empty').fill(email);
  await page.getByRole('button', { name: 'Log in as this person' }).click();
}

/** From Home to the dashboard. */
export async function logIn(page: Page, person?: string) {
  await page.goto('/');
  await page.getByRole('banner').getByRole('link', { name: 'Log in' }).click();
  await choose(page, person);
  await expectSignedIn(page);
}

export async function expectSignedIn(page: Page) {
  await expect(page).toHaveURL(dashboard);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('You are signed in.');
}

/** Until the islands of the page are alive. */
export async function hydrated(page: Page) {
  await page.waitForFunction(() => performance.getEntriesByName('hydrated').length > 0);
}

/** Home, for somebody whom the application does not know; a provider adds `state` on the way back. */
export async function expectSignedOut(page: Page) {
  await expect(page).toHaveURL(/^[^/]+\/\/localhost:\d+\/(\?state=[\w-]+)?$/);
  await expect(page.getByRole('banner').getByRole('link', { name: 'Log in' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Log out' })).toHaveCount(0);
}
