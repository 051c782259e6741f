// The main job: log in, see the record, log out. Runs with WebAssembly and without any script.
import { beSomebodyNew, choose, dashboard, expect, expectSignedIn, expectSignedOut, logIn, test } from './journey';

test('from Home to the dashboard, and out again', async ({ page }) => {
  await page.goto('/');
  await expectSignedOut(page);
  await page.getByRole('main').getByRole('link', { name: 'Log in' }).click();
  await choose(page);

  await expectSignedIn(page);
  const main = page.getByRole('main');
  await expect(main).toContainText('Your record is in the database');
  const record = main.getByRole('article');
  await expect(record).toContainText('Ada Lovelace');
  await expect(record).toContainText('ada@example.com');
  expect((await page.request.get('/api/me')).status()).toBe(200);

  await page.getByRole('banner').getByRole('button', { name: 'Log out' }).click();
  await expectSignedOut(page);
  expect((await page.request.get('/api/me')).status()).toBe(401);
});

test('Home knows who is signed in, and its own button logs out', async ({ page }) => {
  await logIn(page, 'Grace Hopper');
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Grace');
  await page.getByRole('main').getByRole('button', { name: 'Log out' }).click();
  await expectSignedOut(page);
});

test('the log-out page changes nothing until its button is pressed', async ({ page }) => {
  await logIn(page);
  await page.goto('/auth/logout');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Log out?');
  expect((await page.request.get('/api/me')).status()).toBe(200);
  await page.getByRole('main').getByRole('button', { name: 'Log out' }).click();
  await expectSignedOut(page);
});

test('somebody new signs up', async ({ page }, { testId }) => {
  await page.goto('/');
  await page.getByRole('link', { name: 'Sign up' }).click();
  await beSomebodyNew(page, `Nova ${testId}`, `nova.${testId}@example.com`);
  await expectSignedIn(page);
  await expect(page.getByRole('article')).toContainText(`Nova ${testId}`);
  const me = await (await page.request.get('/api/me')).json();
  expect(me).toMatchObject({ schema: 'sparekey.user/1', status: 'active', login_count: 1 });
});

test('a log-in leads to where the visitor was going', async ({ page }) => {
  await page.goto('/auth/login?return_to=%2Fdashboard%3Ffrom%3Dhere');
  await choose(page);
  await expect(page).toHaveURL(/\/dashboard\?from=here$/);
});

test('another site is nowhere to be sent to', async ({ page }) => {
  await page.goto('/auth/login?return_to=https%3A%2F%2Fexample.com%2F');
  await choose(page);
  await expectSignedIn(page);
});

test('the session cookie is out of reach of scripts and of other sites', async ({ page, context }) => {
  await logIn(page);
  const cookies = await context.cookies(page.url());
  expect(cookies.length).toBeGreaterThan(0);
  for (const cookie of cookies) {
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
  }
});

test('two tabs log in one after the other', async ({ page, context }) => {
  await page.goto('/auth/login');
  const second = await context.newPage();
  await second.goto('/auth/login');
  await choose(second);
  await expectSignedIn(second);
  await choose(page);
  await expectSignedIn(page);
});

test('Back into the log-in does no harm', async ({ page }) => {
  await logIn(page);
  // To the provider's page, which knows its visitor by now and sends them on at once.
  await page.goBack();
  await expectSignedIn(page);
});

test('a log-in that was begun and left is no hindrance', async ({ page }) => {
  await page.goto('/auth/login');
  await page.goto('/');
  await logIn(page);
});

test('a repeated callback shows no error to whoever is signed in', async ({ page }) => {
  const callback = page.waitForRequest(/\/auth\/callback\?/);
  await logIn(page);
  await page.goto((await callback).url());
  await expect(page).toHaveURL(dashboard);
});
