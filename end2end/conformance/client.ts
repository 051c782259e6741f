// Who Sparekey is to the suite, told to both.
import { type APIRequestContext, expect } from '@playwright/test';
import { generateKeyPairSync } from 'node:crypto';

const id = 'sparekey';
/** As long as HS256 wants its key. */
const secret = 'a-secret-for-the-conformance-suite';
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'sparekey', use: 'sig', alg: 'ES256' };

/** The client as the suite's configuration describes it. */
export const client = (site: string, auth?: string) => ({
  client_id: id,
  client_secret: secret,
  scope: 'openid profile email',
  redirect_uri: `${site}/auth/callback`,
  post_logout_redirect_uri: `${site}/`,
  backchannel_logout_uri: `${site}/auth/backchannel-logout`,
  ...(auth === 'private_key_jwt' && { jwks: { keys: [jwk] } }),
});

/** The same as settings; how the secret travels, Sparekey reads in the metadata. */
export const settings = (auth?: string): Record<string, string> => ({
  OIDC_CLIENT_ID: id,
  ...(auth !== 'none' && { OIDC_CLIENT_SECRET: secret }),
  ...(auth === 'private_key_jwt' && { OIDC_CLIENT_KEY: pem, OIDC_CLIENT_KEY_ID: jwk.kid }),
});

/** Registers us at a provider that gives out ids itself. */
export async function registered(http: APIRequestContext, issuer: string, site: string) {
  const discovery = await http.get(`${issuer}.well-known/openid-configuration`);
  const { registration_endpoint: endpoint } = await discovery.json();
  const data = { redirect_uris: [`${site}/auth/callback`], initiate_login_uri: `${site}/auth/initiate` };
  const answer = await http.post(endpoint, { data });
  expect(answer.status(), 'the registration').toBe(201);
  const { client_id: OIDC_CLIENT_ID, client_secret: OIDC_CLIENT_SECRET } = await answer.json();
  return { OIDC_CLIENT_ID, OIDC_CLIENT_SECRET };
}
