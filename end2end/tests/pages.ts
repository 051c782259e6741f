// Every page there is, and how to get there.
import type { Page } from '@playwright/test';
import { expect, logIn } from './journey';

type Visit = (page: Page) => Promise<unknown>;

const after = (path: string, person?: string): Visit => async (page) => {
  await logIn(page, person);
  await page.goto(path);
};

export const pages: Record<string, Visit> = {
  Home: (page) => page.goto('/'),
  'Home, signed in': after('/'),
  'the dashboard': after('/dashboard'),
  'the dashboard of somebody with a long picture': after('/dashboard', 'Paul Picture'),
  'the dashboard of somebody with no name': after('/dashboard', '\\(nothing\\)'),
  'the dashboard, right to left': after('/dashboard', 'محمد'),
  'the log-out page': after('/auth/logout'),
  'the provider’s page': (page) => page.goto('/auth/login'),
  'a refused callback': (page) => page.goto('/auth/callback?code=c&state=s'),
  'a cancelled log-in': async (page) => {
    await page.goto('/auth/login');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('cancelled');
  },
  'no page': (page) => page.goto('/dashbord'),
};
