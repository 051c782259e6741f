// Every module of every plan, in a real browser: the suite says whether the relying party conforms, the page
// says what the visitor was told.
import { expect, type Page, test } from '@playwright/test';
import { resolve } from 'node:path';
import { expectSignedIn, expectSignedOut } from '../tests/journey';
import { client, registered, settings } from './client';
import { type Journey, type Module, type Plan, plans } from './plans';
import { front, Site } from './site';
import { Suite } from './suite';

const origin = process.env.CONFORMANCE_SUITE ?? 'https://localhost:8443';
const issuer = `${origin}/test/a/sparekey/`;
const authority = process.env.CONFORMANCE_CA;
const trust = authority && { OIDC_CA_FILE: resolve(authority) };

interface Visit {
  page: Page;
  site: string;
  /** Where the module wants its visitor to go. */
  errand(): Promise<string>;
}

const journeys: Record<Journey, (visit: Visit) => Promise<unknown>> = {
  'log in': ({ page, site }) => page.goto(`${site}/auth/login`),
  // The module is over before the visitor arrives.
  begin: async ({ page, site }) => {
    const answer = await page.request.get(`${site}/auth/login`, { maxRedirects: 0 });
    expect(answer.headers().location).toContain(`${issuer}authorize?`);
  },
  silently: ({ page, site }) => page.goto(`${site}/auth/login?prompt=none&max_age=0`),
  'log in twice': async ({ page, site }) => {
    await page.goto(`${site}/auth/login`);
    await expectSignedIn(page);
    await page.goto(`${site}/auth/login`);
  },
  'log out': async ({ page, site }) => {
    await page.goto(`${site}/auth/login`);
    await expectSignedIn(page);
    await page.getByRole('banner').getByRole('button', { name: 'Log out' }).click();
  },
  'third party': async ({ page, errand }) => page.goto(await errand()),
};

async function expectTheEnd(page: Page, { journey, code }: Module) {
  if (code) await expect(page.locator('main .ref')).toContainText(`Code ${code} ·`);
  else if (journey === 'log out') await expectSignedOut(page);
  else if (journey !== 'begin') await expectSignedIn(page);
}

async function made({ name, modules, variant, others }: Plan, suite: Suite, site: string): Promise<string> {
  const us = client(site, variant.client_auth_type);
  const configuration = { alias: 'sparekey', client: us };
  const [id, names] = await suite.plan(name, variant, configuration);
  if (others) expect(names).toEqual(expect.arrayContaining(Object.keys(modules)));
  else expect(Object.keys(modules).sort(), 'no module is left out').toEqual(names.sort());
  return id;
}

let site: string;
test.beforeAll(async () => {
  site = await front();
});

for (const plan of plans) {
  const { client_auth_type: auth, response_mode: mode, client_registration: registration } = plan.variant;
  const title = [plan.name, auth, mode].filter(Boolean).join(', ');
  test.describe(title, () => {
    let id: string;

    test.beforeAll(async ({ playwright }) => {
      const http = await playwright.request.newContext({ ignoreHTTPSErrors: true });
      id = await made(plan, new Suite(origin, http), site);
      await http.dispose();
    });

    for (const [name, module] of Object.entries(plan.modules)) {
      test(name, async ({ page, request }) => {
        test.skip(!!module.absent, module.absent);
        const suite = new Suite(origin, request);
        const run = await suite.start(id, name);
        const dynamic = registration === 'dynamic_client';
        const known = dynamic ? await registered(request, issuer, site) : settings(auth);
        const provider = { SITE_URL: site, OIDC_ISSUER_URL: issuer, ...known, ...trust };
        const server = await Site.start({ ...provider, ...plan.settings, ...module.settings });
        try {
          await journeys[module.journey ?? 'log in']({ page, site, errand: () => suite.errand(run) });
          await expectTheEnd(page, module);
          const verdict = { status: 'FINISHED', result: module.result ?? 'PASSED' };
          expect(await suite.verdict(run), await suite.complaints(run)).toEqual(verdict);
        } finally {
          await server.stop();
        }
      });
    }
  });
}
