// The journey at a provider that is not ours, in a real browser: redirects, cookies and forms between
// two sites are what only a browser gets right or wrong.
import type { Page } from '@playwright/test';
import { expect, expectSignedIn, expectSignedOut, test } from '../tests/journey';

const peer = process.env.PEER ?? 'oidc-provider';
const issuer = process.env.END2END_ISSUER!;

interface Peer {
  logIn(page: Page): Promise<void>;
  /** Answers the question whether one really wants to log out. */
  confirm(page: Page): Promise<void>;
  /** Whether it asks at a log-out that our application began. */
  asks: boolean;
}

const peers: Record<string, Peer> = {
  'oidc-provider': {
    async logIn(page) {
      await page.getByLabel('User').fill('ada');
      await page.getByRole('button', { name: 'Log in' }).click();
    },
    confirm: (page) => page.getByRole('button', { name: 'Log out' }).click(),
    asks: true,
  },
  keycloak: {
    async logIn(page) {
      await page.getByLabel('Username or email').fill('ada');
      await page.getByRole('textbox', { name: 'Password' }).fill('ada');
      await page.getByRole('button', { name: 'Sign In' }).click();
    },
    confirm: (page) => page.getByRole('button', { name: 'Logout' }).click(),
    asks: false,
  },
};
const at = peers[peer]!;

// One page of Keycloak's has no icon.
test.use({ forgiven: new RegExp(`^${new URL('/favicon.ico', issuer)}: `) });

async function logInBy(page: Page, provider: string) {
  await page.goto(`/auth/login?provider=${provider}`);
  await at.logIn(page);
  await expectSignedIn(page);
}

async function logOut(page: Page) {
  await page.getByRole('banner').getByRole('button', { name: 'Log out' }).click();
  if (at.asks) await at.confirm(page);
  await expectSignedOut(page);
}

test(`${peer}: from Home to the dashboard, and out again`, async ({ page }) => {
  await page.goto('/');
  await page.getByRole('banner').getByRole('link', { name: 'Log in' }).click();
  await page.getByRole('main').getByRole('link', { name: 'main' }).click();
  await expect(page).toHaveURL((url) => url.href.startsWith(new URL(issuer).origin));
  await at.logIn(page);
  await expectSignedIn(page);
  await expect(page.getByRole('main').getByRole('article')).toContainText('Ada Lovelace');
  const me = await (await page.request.get('/api/me')).json();
  expect(me).toMatchObject({ email: 'ada@example.com', email_verified: true, family_name: 'Lovelace' });
  expect(me.identities[0].issuer).toBe(issuer);
  await logOut(page);
  expect((await page.request.get('/api/me')).status()).toBe(401);
});

test(`${peer}: after a log-out the provider asks again`, async ({ page }) => {
  await logInBy(page, 'main');
  await logOut(page);
  await logInBy(page, 'main');
});

test(`${peer}: while it knows the browser it does not ask`, async ({ page, context }) => {
  await logInBy(page, 'main');
  await context.clearCookies({ domain: 'localhost' });
  await page.goto('/auth/login?provider=main');
  await expectSignedIn(page);
});

test(`${peer}: an answer by form signs in`, async ({ page }) => {
  await logInBy(page, 'form');
});

test(`${peer}: a log-out there ends the session here`, async ({ page }) => {
  await logInBy(page, 'main');
  const discovery = await page.request.get(`${issuer}/.well-known/openid-configuration`);
  await page.goto((await discovery.json()).end_session_endpoint);
  await at.confirm(page);
  await expect.poll(async () => (await page.request.get('/api/me')).status()).toBe(401);
  await page.goto('/');
  await expectSignedOut(page);
});
