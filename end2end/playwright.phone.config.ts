// One measurement, part of `cargo xtask bench`: the release is there already.
import { defineConfig } from '@playwright/test';
import { chromium } from './settings';

export default defineConfig({
  testDir: 'phone',
  workers: 1,
  reporter: 'line',
  globalTeardown: './teardown.ts',
  use: { launchOptions: chromium },
});
