// A small phone: nothing needs scrolling sideways, also where letters are as wide as WCAG 2.2, 1.4.12 asks that they
// may be set; another machine's fonts are less than that.
import { expect, test } from './journey';
import { pages } from './pages';

test.use({ viewport: { width: 320, height: 640 } });

for (const [name, visit] of Object.entries(pages)) {
  test(`320 px are enough for ${name}`, async ({ page }) => {
    await visit(page);
    await page.evaluate(() => {
      const wide = new CSSStyleSheet();
      wide.replaceSync('* { letter-spacing: .12em !important; word-spacing: .16em !important }');
      document.adoptedStyleSheets.push(wide);
    });
    const [needed, given] = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return [scrollWidth, clientWidth];
    });
    expect(needed).toBeLessThanOrEqual(given!);
  });
}
