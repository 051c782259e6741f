// Edits a page in the mirror of the sources, and waits for the open page to show it.
import { expect, test } from '@playwright/test';
import { replace, source } from './files';

const before = 'keep your users when it is gone';
const after = 'keep your users when it has gone';

test('the page that is open shows the edit by itself', async ({ page }) => {
  const file = source('app/src', before);
  await page.goto('/');
  const heading = page.getByRole('heading', { level: 1 });
  await expect(heading).toContainText(before);
  replace(file, before, after);
  await expect(heading).toContainText(after, { timeout: 200_000 });
});
