// Who may see what.
import { choose, expect, expectSignedIn, logIn, test } from './journey';

test('the dashboard sends a stranger to log in, and shows nothing on the way', async ({ request }) => {
  const answer = await request.get('/dashboard', { maxRedirects: 0, headers: { accept: 'text/html' } });
  expect(answer.status()).toBe(303);
  expect(answer.headers()['location']).toMatch(/\/auth\/login\?return_to=(\/|%2F)dashboard$/);
  const body = await answer.text();
  expect(body).not.toContain('You are signed in');
  expect(body).not.toContain('@example.');
});

test('after the log-in that the dashboard asked for, it is shown', async ({ page }) => {
  await page.goto('/dashboard');
  await choose(page);
  await expectSignedIn(page);
});

test('signed-in pages are kept by no cache', async ({ page }) => {
  await logIn(page);
  const answer = await page.reload();
  expect(answer?.headers()['cache-control']).toContain('no-store');
});

test('what the browser is told about a user holds no raw claims and no token', async ({ page }) => {
  await logIn(page);
  const me = await (await page.request.get('/api/me')).text();
  expect(me).toContain('ada@example.com');
  expect(me).not.toContain('"claims"');
  const html = await (await page.reload())!.text();
  for (const secret of ['access_token', 'id_token', 'refresh_token', 'eyJ']) {
    expect(html).not.toContain(secret);
  }
});

test('a session that was ended elsewhere opens nothing any more', async ({ page, context }) => {
  await logIn(page);
  const second = await context.newPage();
  await second.goto('/');
  await second.getByRole('banner').getByRole('button', { name: 'Log out' }).click();
  await expect(second.getByRole('link', { name: 'Sign up' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'Choose an account' })).toBeVisible();
});
