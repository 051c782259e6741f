// WCAG 2.2 AA as far as axe can tell, on every page, light and dark.
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './journey';
import { pages } from './pages';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });
    for (const [name, visit] of Object.entries(pages)) {
      test(`axe finds nothing on ${name}`, async ({ page }) => {
        await visit(page);
        const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze();
        expect(violations.map(({ id, nodes }) => ({ id, where: nodes.map(({ html }) => html) }))).toEqual([]);
      });
    }
  });
}
