// The OpenID Foundation's relying-party plans, against the debug server; the README says what it takes.
import { defineConfig } from '@playwright/test';
import { chromium } from '../settings';

export default defineConfig({
  testDir: '.',
  // The modules of a plan share one issuer.
  workers: 1,
  forbidOnly: !!process.env.CI,
  reporter: 'list',
  // Apart from the other tests': each run empties its own.
  outputDir: '../test-results/conformance',
  globalTeardown: '../teardown.ts',
  timeout: 120_000,
  expect: { timeout: 15_000 },
  use: { launchOptions: chromium, ignoreHTTPSErrors: true, trace: 'off' },
});
