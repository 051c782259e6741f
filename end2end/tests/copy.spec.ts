// Somebody is changed at the development provider, and the studio shows it; without WebAssembly too.
import type { Page } from '@playwright/test';
import { beSomebodyNew, expect, expectSignedIn, logIn, test } from './journey';

/** The form of a person on the provider's page `/people`, opened. */
async function form(page: Page, provider: string, person: string) {
  await page.goto(`${provider}/people`);
  const one = page.locator('details').filter({ has: page.locator('summary', { hasText: person }) });
  await one.locator('summary').click();
  return one;
}

test('who is renamed and blocked on the page of people is so in the studio', async ({ page }, { project }) => {
  const person = `Nora ${project.name}`;
  const renamed = `Eleonora ${project.name}`;
  await page.goto('/auth/login');
  await expect(page.getByRole('heading', { level: 1, name: 'Choose an account' })).toBeVisible();
  const provider = new URL(page.url()).origin;
  await beSomebodyNew(page, person, `nora.${project.name}@example.com`);
  await expectSignedIn(page);
  const nora = await page.context().cookies();
  await page.context().clearCookies();
  await logIn(page, 'Grace Hopper');
  const grace = await page.context().cookies();

  const change = await form(page, provider, person);
  await change.getByLabel('Given name').fill('Eleonora');
  await change.getByLabel('Family name').fill(project.name);
  await change.getByRole('button', { name: 'Change' }).click();
  await expect(page.getByRole('status')).toContainText('it answered 200');
  await page.goto(`/studio?q=${encodeURIComponent(renamed)}`);
  await page.locator('.people tbody th a').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(renamed);
  await expect(page.locator('#history')).toContainText('Eleonora');
  const user = page.url();

  const block = await form(page, provider, renamed);
  await block.getByRole('button', { name: 'Block' }).click();
  await expect(page.getByRole('status')).toContainText('it answered 200');
  await page.goto(user);
  await expect(page.getByText('blocked there')).toBeVisible();
  // It is counted every few seconds.
  await expect(async () => {
    await page.goto('/studio/copy');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('State of the copy');
    await expect(page.locator('dl.fields').first()).not.toContainText('none in 30 days', { timeout: 500 });
  }).toPass();
  await page.locator('dl.figures').getByRole('link').first().click();
  await expect(page).toHaveURL(/\/studio\?provider=main&standing=present/);

  // Whoever is blocked there is out here.
  await page.context().clearCookies();
  await page.context().addCookies(nora);
  await page.goto('/dashboard');
  await expect(page.getByRole('heading', { level: 1, name: 'Choose an account' })).toBeVisible();
  await page.context().clearCookies();
  await page.context().addCookies(grace);
  const letIn = await form(page, provider, renamed);
  await letIn.getByRole('button', { name: 'Let in again' }).click();
  await expect(page.getByRole('status')).toContainText('it answered 200');
  await page.goto(user);
  await expect(page.getByText('present there')).toBeVisible();
});
