// Edits a page in the mirror of the sources, and waits for the open page to show it.
import { expect, test } from '@playwright/test';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const before = 'keep your users when it is gone';
const after = 'keep your users when it has gone';

/** The one source file that holds the sentence. */
function source(): string {
  const folder = join(process.env.WATCH_FOLDER!, 'app/src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const found = files
    .filter((file) => file.endsWith('.rs'))
    .map((file) => join(folder, file))
    .filter((file) => readFileSync(file, 'utf8').includes(before));
  expect(found, `files with “${before}”`).toHaveLength(1);
  return found[0]!;
}

test('the page that is open shows the edit by itself', async ({ page }) => {
  const file = source();
  await page.goto('/');
  const heading = page.getByRole('heading', { level: 1 });
  await expect(heading).toContainText(before);
  writeFileSync(file, readFileSync(file, 'utf8').replace(before, after));
  await expect(heading).toContainText(after, { timeout: 200_000 });
});
