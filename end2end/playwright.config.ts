// The browser tests: the debug server, built beforehand, on a port and a database of its own.
import { defineConfig } from '@playwright/test';
import { join } from 'node:path';
import { chromium, folder, origin, root, server } from './settings';

const binary = process.env.SPAREKEY_BINARY ?? join(root, 'target/debug/sparekey');

export default defineConfig({
  testDir: 'tests',
  fullyParallel: true,
  workers: 2,
  forbidOnly: !!process.env.CI,
  reporter: 'list',
  snapshotPathTemplate: '../docs/screenshots/{arg}{ext}',
  updateSnapshots: 'none',
  globalTeardown: './teardown.ts',
  use: { baseURL: origin, launchOptions: chromium, trace: process.env.CI ? 'off' : 'retain-on-failure' },
  projects: [
    { name: 'wasm' },
    { name: 'no-js', testMatch: /(copy|login|guard|refusals|form-action)\.spec\.ts/, use: { javaScriptEnabled: false } },
  ],
  webServer: {
    command: `exec "${binary}"`,
    cwd: folder,
    url: `${origin}/healthz`,
    env: { ...server, LEPTOS_SITE_ROOT: join(root, 'target/site'), LEPTOS_SITE_PKG_DIR: 'pkg' },
    reuseExistingServer: false,
    stderr: 'pipe',
    timeout: 20_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 },
  },
});
