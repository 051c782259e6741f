// npm's oidc-provider, OpenID Certified and none of ours, as a provider for the tests.
// `node oidc-provider.mjs '{"port": 0, "par": true, "clients": []}'` prints `{"issuer": "…"}` when it
// serves, and ends when its standard input does. Further clients register themselves (RFC 7591).
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider, { interactionPolicy } from 'oidc-provider';
import { endWithStandardInput, ready, settings } from './peer.mjs';

const { port = 0, par = true, clients = [] } = settings;

const people = new Map([
  ['ada', { name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace', email: 'ada@example.com', email_verified: true }],
  ['grace', { name: 'Grace Hopper', email: 'grace@example.com', email_verified: false }],
  ['nobody', {}],
]);
/** What happened here, for tests that want to know: `par`, `token`, `revocation`, `backchannel` or why not. */
const events = [];

const create = new interactionPolicy.Prompt({ name: 'create', requestable: true });
const policy = interactionPolicy.base();
policy.add(create, 0);

function configuration() {
  return {
    clients,
    interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      pushedAuthorizationRequests: { enabled: par },
      registration: { enabled: true },
      revocation: { enabled: true },
      // The pages that it brings fetch a font from elsewhere.
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => show(ctx, 'Log out?', `${form}<button form="op.logoutForm" name="logout" value="yes">Log out</button>`),
        postLogoutSuccessSource: (ctx) => show(ctx, 'Logged out', ''),
      },
    },
    renderError: (ctx, out) => show(ctx, out.error, `<p>${out.error_description}</p>`),
    claims: {
      openid: ['sub'],
      profile: ['name', 'given_name', 'family_name'],
      email: ['email', 'email_verified'],
    },
    findAccount: (_, id) => people.has(id) ? { accountId: id, claims: () => ({ sub: id, ...people.get(id) }) } : undefined,
    loadExistingGrant: consent,
    issueRefreshToken: async () => true,
    extraClientMetadata: { properties: ['access_token_seconds'] },
    ttl: { AccessToken: (_, __, client) => client.access_token_seconds ?? 3600 },
    cookies: { keys: ['a key for tests'] },
    // Without the dispatcher that keeps it from calling loopback addresses, where all tests live.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  };
}

/** Nobody is asked for consent: the client is the provider's own, so to speak. */
async function consent({ oidc }) {
  const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope(oidc.params.scope);
  await grant.save();
  return grant;
}

async function body(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

/** PUT makes or changes a person, DELETE shuts them out. */
async function person(login, request, response) {
  if (request.method === 'DELETE') people.delete(login);
  else people.set(login, JSON.parse(await body(request)));
  send(response, 'text/plain', login);
}

const page = (title, form) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><link rel="icon" href="data:,"><h1>${title}</h1>${form}`;

function show(ctx, title, form) {
  ctx.type = 'html';
  ctx.body = page(title, form);
}

/** The log-in form: everybody who is known by name, without a password. */
async function interaction(provider, request, response) {
  if (request.method === 'GET') {
    const { prompt } = await provider.interactionDetails(request, response);
    const form = `<form method="post"><label>User <input name="login" autofocus></label><button>Log in</button><button name="cancel" value="yes">Cancel</button></form>`;
    return send(response, 'text/html', page(prompt.name === 'create' ? 'Sign up' : 'Log in', form));
  }
  const form = new URLSearchParams(await body(request));
  const login = form.get('login');
  const result = form.has('cancel') || !people.has(login)
    ? { error: 'access_denied', error_description: 'the visitor went away' }
    : { login: { accountId: login }, create: {} };
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

function send(response, type, text) {
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(text);
}

// It warns of what only a provider for tests may do.
console.warn = console.info = () => {};
const server = createServer();
server.listen(port, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, configuration());
const seen = (what) => (ctx, second) => events.push({ what, client: ctx?.oidc?.client?.clientId ?? second?.clientId });
provider.on('server_error', (_, error) => console.error(error));
provider.on('grant.success', seen('token'));
provider.on('pushed_authorization_request.success', seen('par'));
provider.on('grant.revoked', seen('revocation'));
provider.on('backchannel.success', (_, client) => seen('backchannel')(undefined, client));
provider.on('backchannel.error', (_, error, client) => events.push({ what: String(error), client: client.clientId }));

const rest = provider.callback();
server.on('request', async (request, response) => {
  const [, first, second] = new URL(request.url, issuer).pathname.split('/');
  try {
    if (first === 'interaction') await interaction(provider, request, response);
    else if (first === 'events') send(response, 'application/json', JSON.stringify(events));
    else if (first === 'people') await person(second, request, response);
    else rest(request, response);
  } catch (error) {
    response.writeHead(400, { 'content-type': 'text/plain' }).end(String(error));
  }
});

endWithStandardInput();
ready({ issuer });
