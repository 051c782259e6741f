// The journey at a provider that is not ours: npm's oidc-provider, or with PEER=keycloak a real Keycloak.
import { defineConfig } from '@playwright/test';
import { join } from 'node:path';
import { chromium, folder, freePort, origin, root, server } from './settings';

const binary = process.env.SPAREKEY_BINARY ?? join(root, 'target/debug/sparekey');
const peer = process.env.PEER ?? 'oidc-provider';
const peerPort = Number((process.env.END2END_PEER_PORT ??= await freePort()));
const secret = 'keycloak-secret';
const issuer = `http://127.0.0.1:${peerPort}${peer === 'keycloak' ? '/realms/sparekey' : ''}`;

/** Keycloak's realm file says the same. */
const client = {
  client_id: 'sparekey',
  client_secret: secret,
  redirect_uris: [`${origin}/auth/callback`, `${origin}/auth/callback/form`],
  post_logout_redirect_uris: [`${origin}/`],
  backchannel_logout_uri: `${origin}/auth/backchannel-logout`,
  backchannel_logout_session_required: true,
  grant_types: ['authorization_code', 'refresh_token'],
};

/** The same client twice: the second time its answers come by form. */
const provider = (prefix: string) => ({
  [`${prefix}ISSUER_URL`]: issuer,
  [`${prefix}CLIENT_ID`]: client.client_id,
  [`${prefix}CLIENT_SECRET`]: secret,
});

process.env.END2END_ISSUER = issuer;

export default defineConfig({
  testDir: 'peers',
  workers: 1,
  forbidOnly: !!process.env.CI,
  reporter: 'list',
  globalTeardown: './teardown.ts',
  use: { baseURL: origin, launchOptions: chromium, trace: process.env.CI ? 'off' : 'retain-on-failure' },
  webServer: [
    {
      command: `exec node peers/${peer}.mjs '${JSON.stringify({ port: peerPort, clients: [client] })}'`,
      url: `${issuer}/.well-known/openid-configuration`,
      env: { SITE_URL: origin },
      reuseExistingServer: false,
      // Keycloak is fetched and built the first time.
      timeout: 600_000,
      gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 },
    },
    {
      command: `exec "${binary}"`,
      cwd: folder,
      url: `${origin}/healthz`,
      env: {
        ...server,
        ...provider('OIDC_'),
        ...provider('OIDC_FORM_'),
        OIDC_LABEL: 'main',
        OIDC_PROVIDERS: 'form',
        OIDC_FORM_RESPONSE_MODE: 'form_post',
        LEPTOS_SITE_ROOT: join(root, 'target/site'),
        LEPTOS_SITE_PKG_DIR: 'pkg',
      },
      reuseExistingServer: false,
      stderr: 'pipe',
      timeout: 20_000,
      gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 },
    },
  ],
});
