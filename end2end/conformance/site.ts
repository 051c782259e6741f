// Sparekey with an empty database, behind TLS: the suite takes no plain http for some of its addresses.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { folder, freePort, port, root, server } from '../settings';

const binary = process.env.SPAREKEY_BINARY ?? join(root, 'target/debug/sparekey');

/** The address under which the suite and the browser know the site. */
export async function front(): Promise<string> {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name)) as [string, string];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, ...files], {
    stdio: 'ignore',
  });
  const credentials = { key: readFileSync(key), cert: readFileSync(cert) };
  const tls = createServer(credentials, (browser) => {
    const site = connect(Number(port), '127.0.0.1');
    browser.pipe(site).pipe(browser);
    browser.on('error', () => site.destroy());
    site.on('error', () => browser.destroy());
  });
  const number = await freePort();
  await new Promise<void>((listening) => tls.listen(Number(number), '127.0.0.1', listening));
  return `https://localhost:${number}`;
}

/** The developer's own settings stay away from the tests. */
const own = /^(OIDC_|KINDE_|SESSION_|POST_LOG)/;

/** A server that knows nobody yet. */
export class Site {
  private constructor(private readonly process: ChildProcess) {}

  static async start(settings: Record<string, string>): Promise<Site> {
    const database = join(mkdtempSync(join(folder, 'site-')), 'sparekey.db');
    const env = {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name))),
      ...server,
      ...settings,
      DATABASE_URL: `sqlite://${database}?mode=rwc`,
      LEPTOS_SITE_ROOT: join(root, 'target/site'),
      LEPTOS_SITE_PKG_DIR: 'pkg',
    };
    const site = new Site(spawn(binary, { cwd: folder, env, stdio: ['ignore', 'inherit', 'inherit'] }));
    for (let tries = 0; tries < 200; tries++) {
      const healthy = await fetch(`http://127.0.0.1:${port}/healthz`).then(({ ok }) => ok, () => false);
      if (healthy) return site;
      await new Promise((passed) => setTimeout(passed, 50));
    }
    await site.stop();
    throw new Error('the server does not answer');
  }

  async stop() {
    if (this.process.exitCode !== null) return;
    const ended = new Promise((exit) => this.process.once('exit', exit));
    this.process.kill('SIGTERM');
    await ended;
  }
}
