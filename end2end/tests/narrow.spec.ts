// A small phone: nothing needs scrolling sideways.
import { expect, test } from './journey';
import { pages } from './pages';

test.use({ viewport: { width: 320, height: 640 } });

for (const [name, visit] of Object.entries(pages)) {
  test(`320 px are enough for ${name}`, async ({ page }) => {
    await visit(page);
    const [needed, given] = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return [scrollWidth, clientWidth];
    });
    expect(needed).toBeLessThanOrEqual(given!);
  });
}
