// Chromium applies `form-action` to every redirect that a form comes to. A provider may lead on to origins that
// nobody knows beforehand: here a third one stands behind its log-out and its log-in.
import type { AddressInfo } from 'node:net';
import { createServer as createSite } from 'node:http';
import { expect, expectSignedOut, logIn, test as base } from './journey';

/** A third origin, which leads on to where its address says; and who came. */
const test = base.extend<{ third: { origin: string; visits: string[] } }>({
  third: async ({}, use) => {
    const visits: string[] = [];
    const site = createSite((request, response) => {
      const to = new URL(request.url ?? '/', 'http://third').searchParams.get('to');
      if (to) visits.push(to);
      response.writeHead(to ? 302 : 404, to ? { location: to } : {}).end();
    });
    await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
    const { port } = site.address() as AddressInfo;
    await use({ origin: `http://127.0.0.1:${port}`, visits });
    site.close();
  },
});

test('a log-out passes a third origin at the provider', async ({ page, third }) => {
  await logIn(page);
  await page.route(/\/logout\?.*post_logout_redirect_uri=/, async (route) => {
    const back = new URL(route.request().url()).searchParams.get('post_logout_redirect_uri')!;
    const location = `${third.origin}/?to=${encodeURIComponent(back)}`;
    await route.fulfill({ status: 302, headers: { location } });
  });
  await page.getByRole('banner').getByRole('button', { name: 'Log out' }).click();
  await expectSignedOut(page);
  expect(third.visits).toHaveLength(1);
});

test('a link passes a third origin at the provider', async ({ page, third, javaScriptEnabled }) => {
  test.skip(javaScriptEnabled === false, 'the form is put into the page by script');
  await logIn(page);
  let once = false;
  await page.route(/\/authorize\?/, async (route) => {
    if (once) return route.continue();
    once = true;
    const location = `${third.origin}/?to=${encodeURIComponent(route.request().url())}`;
    await route.fulfill({ status: 302, headers: { location } });
  });
  await page.evaluate(() => {
    const form = document.createElement('form');
    form.method = 'post';
    form.action = '/auth/link';
    form.innerHTML = '<input name="provider" value="main">';
    document.body.append(form);
    form.submit();
  });
  // Who is signed in at the provider is asked nothing.
  await expect(page).toHaveURL(/\/account$/);
  expect(third.visits).toHaveLength(1);
});
