// The plans that fit a relying party of the code flow whose client is registered beforehand: each module with
// what the visitor sees in the end, and the verdict where it is not `PASSED`.

/** How the visitor goes about it. */
export type Journey = 'log in' | 'begin' | 'silently' | 'log in twice' | 'log out' | 'third party';

export interface Module {
  /** `log in` if not said otherwise. */
  journey?: Journey;
  /** The code of the refusal; without one the visitor is signed in, or after a log-out signed out. */
  code?: string;
  result?: 'SKIPPED';
  settings?: Record<string, string>;
  /** Why it is not run: it asks for what Sparekey does not do. */
  absent?: string;
}

export interface Plan {
  name: string;
  /** What the plan leaves to choose. */
  variant: Record<string, string>;
  settings?: Record<string, string>;
  modules: Record<string, Module>;
  /** Why its other modules are left out; without a reason there are none. */
  others?: string;
}

/** A module may skip what a relying party need not do. */
const noUnsignedTokens: Module = { code: 'algorithm_mismatch', result: 'SKIPPED' };

const basic: Record<string, Module> = {
  'oidcc-client-test': {},
  'oidcc-client-test-invalid-iss': { code: 'issuer_mismatch' },
  'oidcc-client-test-missing-sub': { code: 'subject_missing' },
  'oidcc-client-test-invalid-aud': { code: 'audience_mismatch' },
  'oidcc-client-test-missing-iat': { code: 'issued_at_missing' },
  'oidcc-client-test-kid-absent-single-jwks': {},
  'oidcc-client-test-kid-absent-multiple-jwks': {},
  'oidcc-client-test-idtoken-sig-rs256': {},
  'oidcc-client-test-idtoken-sig-none': noUnsignedTokens,
  'oidcc-client-test-invalid-sig-rs256': { code: 'signature_invalid' },
  'oidcc-client-test-userinfo-invalid-sub': { code: 'userinfo_subject_mismatch' },
  'oidcc-client-test-nonce-invalid': { code: 'nonce_mismatch' },
  'oidcc-client-test-scope-userinfo-claims': {},
  'oidcc-client-test-client-secret-basic': {},
};

const config: Record<string, Module> = {
  'oidcc-client-test-discovery-openid-config': { journey: 'begin' },
  'oidcc-client-test-discovery-jwks-uri-keys': {},
  'oidcc-client-test-discovery-issuer-mismatch': { code: 'metadata_issuer_mismatch' },
  'oidcc-client-test-idtoken-sig-none': noUnsignedTokens,
  'oidcc-client-test-signing-key-rotation-just-before-signing': {},
  'oidcc-client-test-signing-key-rotation': { journey: 'log in twice' },
};

const noWebFinger = { absent: 'the provider is configured, not looked up by WebFinger' };

/** The plan that is no part of the certification. */
const all: Record<string, Module> = {
  ...basic,
  ...config,
  'oidcc-client-test-missing-aud': { code: 'audience_missing' },
  'oidcc-client-test-invalid-sig-es256': {
    code: 'signature_invalid',
    settings: { OIDC_ID_TOKEN_ALG: 'ES256' },
  },
  'oidcc-client-test-userinfo-bearer-header': {},
  'oidcc-client-test-userinfo-bearer-body': { absent: 'the access token travels in the header' },
  'oidcc-client-test-userinfo-signed': {},
  'oidcc-client-test-aggregated-claims': {},
  'oidcc-client-test-distributed-claims': { absent: 'no third party is asked for claims' },
  'oidcc-client-test-discovery-webfinger-acct': noWebFinger,
  'oidcc-client-test-discovery-webfinger-url': noWebFinger,
};

const hs256: Record<string, Module> = {
  'oidcc-client-test-invalid-sig-hs256': {
    code: 'signature_invalid',
    settings: { OIDC_ID_TOKEN_ALG: 'HS256' },
  },
};

function named(prefix: string, names: string[], module: Module): Record<string, Module> {
  return Object.fromEntries(names.map((name) => [prefix + name, module]));
}

const rpInitiated = ['init-logout', 'init-logout-other-state', 'init-logout-no-state'];
const forged = ['alg-none', 'no-event', 'with-nonce', 'wrong-alg', 'wrong-aud', 'wrong-event', 'wrong-iss'];

/** Of FAPI 2.0 what comes before its tokens, which are bound to the client. */
const prefix = 'fapi2-security-profile-final-client-test-';
const fapi: Record<string, Module> = {
  [`${prefix}discovery-issuer-mismatch`]: { code: 'metadata_issuer_mismatch' },
  [`${prefix}invalid-authorization-response-iss`]: { code: 'iss_mismatch' },
  [`${prefix}remove-authorization-response-iss`]: { code: 'iss_missing' },
  [`${prefix}ensure-authorization-response-with-invalid-state-fails`]: { code: 'login_unknown' },
  [`${prefix}ensure-authorization-response-with-invalid-missing-state-fails`]: { code: 'state_missing' },
};

const plain = { client_registration: 'static_client', request_type: 'plain_http_request' };

export const plans: Plan[] = [
  { name: 'oidcc-client-basic-certification-test-plan', variant: plain, modules: basic },
  {
    name: 'oidcc-client-formpost-basic-certification-test-plan',
    variant: plain,
    settings: { OIDC_RESPONSE_MODE: 'form_post' },
    modules: basic,
  },
  {
    name: 'oidcc-client-config-certification-test-plan',
    variant: { ...plain, client_auth_type: 'none', response_mode: 'default' },
    modules: config,
  },
  {
    name: 'oidcc-client-test-3rd-party-init-login-test-plan',
    // The module takes no static client: it sends the visitor away before it is ready.
    variant: {
      ...plain,
      client_registration: 'dynamic_client',
      client_auth_type: 'client_secret_basic',
      response_mode: 'default',
      response_type: 'code',
    },
    modules: { 'oidcc-client-test-3rd-party-init-login': { journey: 'third party' } },
  },
  {
    name: 'oidcc-client-rp-initiated-logout-rp-basic',
    variant: { ...plain, client_auth_type: 'client_secret_basic', response_mode: 'default' },
    modules: named('oidcc-client-test-rp-', rpInitiated, { journey: 'log out' }),
  },
  {
    name: 'oidcc-client-back-channel-logout-rp-basic',
    variant: { ...plain, client_auth_type: 'client_secret_post', response_mode: 'default' },
    modules: {
      'oidcc-client-test-rp-backchannel-rpinitlogout': { journey: 'log out' },
      ...named('oidcc-client-test-rp-backchannel-rpinitlogout-', forged, { journey: 'log out' }),
    },
  },
  {
    name: 'oidcc-client-refreshtoken-test-plan',
    variant: {
      ...plain,
      client_auth_type: 'client_secret_basic',
      response_mode: 'default',
      response_type: 'code',
    },
    modules: named('oidcc-client-test-refresh-token', ['', '-invalid-issuer', '-invalid-sub'], {
      absent: 'the suite states no lifetime, so no token falls due',
    }),
  },
  {
    name: 'oidcc-client-test-plan',
    variant: {
      ...plain,
      client_auth_type: 'client_secret_post',
      response_mode: 'default',
      response_type: 'code',
    },
    modules: { ...all, ...hs256 },
  },
  {
    name: 'oidcc-client-test-plan',
    variant: {
      ...plain,
      client_auth_type: 'private_key_jwt',
      response_mode: 'form_post',
      response_type: 'code',
    },
    settings: { OIDC_RESPONSE_MODE: 'form_post' },
    modules: {
      ...all,
      'oidcc-client-test-client-secret-basic': { settings: { OIDC_CLIENT_AUTH: 'client_secret_basic' } },
      'oidcc-client-test-form-post-error': { journey: 'silently', code: 'login_required' },
    },
  },
  {
    name: 'fapi2-security-profile-final-client-test-plan',
    variant: {
      client_auth_type: 'private_key_jwt',
      sender_constrain: 'dpop',
      authorization_request_type: 'simple',
      fapi_client_type: 'oidc',
      fapi_profile: 'plain_fapi',
    },
    settings: { OIDC_ID_TOKEN_ALG: 'PS256' },
    modules: fapi,
    others: 'tokens are not bound to the client',
  },
];
