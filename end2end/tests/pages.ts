// Every page there is, and how to get there.
import type { Page } from '@playwright/test';
import { expect, logIn } from './journey';

type Visit = (page: Page) => Promise<unknown>;

const after = (path: string, person?: string): Visit => async (page) => {
  await logIn(page, person);
  await page.goto(path);
};

async function cancel(page: Page) {
  await page.goto('/auth/login');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('cancelled');
}

/** A form of the page's own to an address that takes none. */
async function post(page: Page, action: string) {
  const answered = page.waitForNavigation();
  await page.evaluate((action) => {
    const form = document.body.appendChild(document.createElement('form'));
    Object.assign(form, { action, method: 'post' }).submit();
  }, action);
  await answered;
}

export const pages: Record<string, Visit> = {
  Home: (page) => page.goto('/'),
  'Home, signed in': after('/'),
  'the dashboard': after('/dashboard'),
  'the dashboard of somebody with a long picture': after('/dashboard', 'Paul Picture'),
  'the dashboard of somebody with no name': after('/dashboard', '\\(nothing\\)'),
  'the dashboard, right to left': after('/dashboard', 'محمد'),
  'your data': after('/account'),
  'the choice of providers': (page) => page.goto('/auth/providers'),
  'the log-out page': after('/auth/logout'),
  'the log-out page, signed out': (page) => page.goto('/auth/logout'),
  'what happened at the last log-in': after('/dev/last-log-in'),
  'what happened at a refused log-in': (page) =>
    // Another test may log in meanwhile.
    expect(async () => {
      await cancel(page);
      await page.goto('/dev/last-log-in');
      await expect(page.locator('main .ref')).toContainText('login_cancelled', { timeout: 500 });
    }).toPass(),
  'the provider’s page': (page) => page.goto('/auth/login'),
  'the provider’s fault switches': async (page) => {
    await page.goto('/auth/login');
    await page.getByText('Fault switches').click();
  },
  'a refused callback': (page) => page.goto('/auth/callback?code=c&state=s'),
  'a cancelled log-in': cancel,
  'a request of another kind': async (page) => {
    await page.goto('/');
    await post(page, '/dashboard');
    await expect(page.locator('main .ref')).toContainText('method_not_allowed');
  },
  'no page': (page) => page.goto('/dashbord'),
};
