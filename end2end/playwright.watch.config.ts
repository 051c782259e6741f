// One test: `cargo leptos watch`, started by `cargo xtask test` in a mirror of the sources,
// serves, and reloads the page after an edit.
import { defineConfig } from '@playwright/test';
import { chromium, origin, reloadPort, server } from './settings';

const { WATCH_PROGRAM, WATCH_FOLDER } = process.env;

export default defineConfig({
  testDir: 'watch',
  reporter: 'list',
  timeout: 240_000,
  globalTeardown: './teardown.ts',
  use: { baseURL: origin, launchOptions: chromium },
  webServer: {
    command: `exec "${WATCH_PROGRAM}" watch`,
    cwd: WATCH_FOLDER,
    url: `${origin}/healthz`,
    env: { ...server, LEPTOS_RELOAD_PORT: reloadPort },
    reuseExistingServer: false,
    stdout: 'pipe',
    stderr: 'pipe',
    // A first build of everything, on a slow machine.
    timeout: 1_200_000,
    gracefulShutdown: { signal: 'SIGINT', timeout: 15_000 },
  },
});
