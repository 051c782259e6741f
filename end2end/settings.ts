// What both Playwright configurations share: which browser, which server, which folder.
import { existsSync, mkdtempSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

function onPath(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find(existsSync);
}

/** A Chromium that is there; without one, Playwright looks for its own. */
export const chromium = {
  executablePath: process.env.CHROMIUM ?? onPath('chromium'),
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

export const root = resolve(import.meta.dirname, '..');

export function freePort(): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(String(port)));
    });
  });
}

/** Port and origin of the server under test. The workers take what the first process chose. */
export const port = (process.env.END2END_PORT ??= await freePort());
export const reloadPort = (process.env.END2END_RELOAD_PORT ??= await freePort());
export const origin = `http://localhost:${port}`;

/** An empty folder for the server: its database, and no `.env`. */
export const folder = (process.env.END2END_FOLDER ??= mkdtempSync(join(tmpdir(), 'sparekey-end2end-')));

/** The settings of a server that needs nothing but itself. */
export const server = {
  SITE_URL: origin,
  LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
  DATABASE_URL: process.env.END2END_DATABASE_URL ?? `sqlite://${join(folder, 'sparekey.db')}?mode=rwc`,
  RATE_LIMIT: 'off',
  RUST_LOG: process.env.RUST_LOG ?? 'error',
};
