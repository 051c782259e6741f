// Whoever uses the keyboard sees where they are; nothing jumps while a page loads, and nothing moves for
// those who want that.
import type { Page } from '@playwright/test';
import { expect, test } from './journey';
import { pages } from './pages';

/** Every stop of the Tab key on the page, and whether one sees it. */
async function stops(page: Page) {
  const count = await page.locator('a[href], button, input, summary').count();
  const seen: { what: string; outline: number }[] = [];
  for (let stop = 0; stop < count; stop++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!focused || focused === document.body) return null;
      const { outlineStyle, outlineWidth } = getComputedStyle(focused);
      return { what: focused.outerHTML, outline: outlineStyle === 'none' ? 0 : parseFloat(outlineWidth) };
    });
    if (!at) break;
    seen.push(at);
  }
  return seen;
}

/** How many elements move when something about them changes. */
async function moving(page: Page) {
  return page.evaluate(() => {
    const moves = (element: Element) => {
      const { transitionDuration, animationName } = getComputedStyle(element);
      return parseFloat(transitionDuration) > 0.01 || animationName !== 'none';
    };
    return [...document.querySelectorAll('*')].filter(moves).length;
  });
}

test.beforeEach(async ({ page }) => {
  await page.addInitScript(() => {
    new PerformanceObserver((list) => {
      const jumps = list.getEntries() as (PerformanceEntry & { hadRecentInput: boolean })[];
      jumps.filter((jump) => !jump.hadRecentInput).forEach(() => performance.mark('jump'));
    }).observe({ type: 'layout-shift', buffered: true });
  });
});

for (const [name, visit] of Object.entries(pages)) {
  test(`all is calm on ${name}`, async ({ page }) => {
    await visit(page);
    await page.waitForLoadState('networkidle');
    expect(await page.evaluate(() => performance.getEntriesByName('jump').length)).toBe(0);

    const all = await stops(page);
    expect(all.length).toBeGreaterThan(1);
    expect(all.filter(({ outline }) => outline < 2)).toEqual([]);

    await page.emulateMedia({ reducedMotion: 'reduce' });
    expect(await moving(page)).toBe(0);
  });
}
