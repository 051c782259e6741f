// Chromium applies `form-action` to every redirect that a form comes to. A provider may lead on to origins that
// nobody knows beforehand: here a third one stands behind its log-out and its log-in.
import type { AddressInfo } from 'node:net';
import { createServer as createSite } from 'node:http';
import { choose, expect, expectSignedIn, expectSignedOut, logIn, test as base } from './journey';

/** Answers as `form_post` does, with a `session_state` that is too long for an address. */
function formPost(address: string): string {
  const { origin, pathname, searchParams } = new URL(address);
  searchParams.set('session_state', 's'.repeat(4000));
  const inputs = [...searchParams].map(([name, value]) => `<input name="${name}" value="${encodeURI(value)}">`);
  return `<form method="post" action="${origin}${pathname}">${inputs.join('')}<button>Go on</button></form>`;
}

/** A third origin, which leads on to where its address says, by a redirect or a form; and who came. */
const test = base.extend<{ third: { origin: string; visits: string[] } }>({
  third: async ({}, use) => {
    const visits: string[] = [];
    const site = createSite((request, response) => {
      const asked = new URL(request.url ?? '/', 'http://third').searchParams;
      const to = asked.get('to');
      if (to) visits.push(to);
      const post = asked.get('post');
      if (post) return response.writeHead(200, { 'content-type': 'text/html' }).end(formPost(post));
      response.writeHead(to ? 302 : 204, to ? { location: to } : {}).end();
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

test('a long answer by form leads on to a page that asks for another log-in', async ({ page, third, javaScriptEnabled }) => {
  await page.goto(`/auth/login?return_to=${encodeURIComponent('/auth/login?prompt=login')}`);
  // A redirect passes no route: the provider's own answer is changed.
  await page.route(/\/authorize\//, async (route) => {
    const answer = await route.fetch({ maxRedirects: 0 });
    const headers = answer.headers();
    const location = `${third.origin}/?post=${encodeURIComponent(headers['location']!)}`;
    await route.fulfill({ status: 302, headers: { ...headers, location } });
  }, { times: 1 });
  await choose(page);
  const again = page.waitForRequest(/\/auth\/callback\?again=1$/);
  await page.getByRole('button', { name: 'Go on' }).click();
  // A form that nobody sends by script waits for its button.
  if (javaScriptEnabled === false) await page.getByRole('button', { name: 'Continue' }).click();
  expect((await again).method()).toBe('POST');
  await choose(page);
  await expectSignedIn(page);
});
