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

/** In the studio, as the operator of the development provider: the page of somebody whom no other test is. */
async function inStudio(page: Page) {
  await logIn(page, 'Mira');
  await page.context().clearCookies();
  await logIn(page, 'Grace Hopper');
  await page.goto('/studio');
  await page.getByRole('link', { name: 'Mira' }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'Mira' })).toBeVisible();
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

/** Opens all that can be opened. What moves by that is no jump of the page. */
async function openAll(page: Page) {
  await page.evaluate(async () => {
    document.querySelectorAll('details').forEach((details) => (details.open = true));
    await new Promise((shown) => requestAnimationFrame(() => setTimeout(shown, 500)));
    performance.clearMarks('jump');
  });
}

const visits: Record<string, Visit> = {
  Home: (page) => page.goto('/'),
  'Home, signed in': after('/'),
  'the dashboard': after('/dashboard'),
  'the dashboard of somebody with a long picture': after('/dashboard', 'Paul Picture'),
  'the dashboard of somebody with no name': after('/dashboard', '\\(nothing\\)'),
  'the dashboard, right to left': after('/dashboard', 'محمد'),
  'your data': after('/account'),
  'your data, all of it open': async (page) => {
    await after('/account')(page);
    await openAll(page);
  },
  'the question whether to be erased': after('/account/erase'),
  'the same after another word': after('/account/erase?missed=1'),
  'who was erased': (page) => page.goto('/account/erased'),
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
  'the studio': after('/studio', 'Grace Hopper'),
  'the studio, all of it open': async (page) => {
    await after('/studio', 'Grace Hopper')(page);
    await openAll(page);
  },
  'the studio in other columns': after('/studio?cols=email,phone,subject,id&q=a&status=active&sort=name', 'Grace Hopper'),
  'the studio where nobody is found': after('/studio?q=zzzz&login=never', 'Grace Hopper'),
  'a user in the studio': inStudio,
  'claims in the studio': async (page) => {
    await inStudio(page);
    await page.getByRole('button', { name: /^Show the claims/ }).first().click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Claims at');
  },
  'an act that asks': async (page) => {
    await inStudio(page);
    await page.getByRole('link', { name: 'Erase' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Erase?' })).toBeVisible();
  },
  'an act that is done': async (page) => {
    await inStudio(page);
    await page.goto(`/studio/acts?act=end_sessions&user=${page.url().split('/').pop()}`);
    await page.getByRole('button', { name: 'End all sessions' }).click();
    await expect(page.locator('main')).toContainText('Signed out everywhere');
  },
  'an act on nobody': after('/studio/acts?act=disable', 'Grace Hopper'),
  'the state of the copy': after('/studio/copy', 'Grace Hopper'),
  'the runs': after('/studio/runs', 'Grace Hopper'),
  'the inbox': after('/studio/inbox?all=1', 'Grace Hopper'),
  'the operators’ log': after('/studio/log', 'Grace Hopper'),
  'the operators’ log about one user': async (page) => {
    await inStudio(page);
    const user = page.url();
    await page.getByRole('button', { name: /^Show the claims/ }).first().click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Claims at');
    await page.goto(user);
    await page.getByRole('link', { name: "All of it in the operators' log" }).click();
    await expect(page.getByRole('list', { name: 'What is filtered by' })).toContainText('Mira');
  },
  'the studio, denied': after('/studio'),
  'no page': (page) => page.goto('/dashbord'),
};

/** All of them, looked at once their styles are there: a click is over before that, and so may be what waits for words. */
export const pages: Record<string, Visit> = Object.fromEntries(
  Object.entries(visits).map(([name, visit]) => [
    name,
    async (page: Page) => {
      await visit(page);
      await page.waitForLoadState();
    },
  ]),
);
