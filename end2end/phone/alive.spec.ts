// How soon the dashboard is alive on a slow phone: Chromium with slow 4G as Lighthouse has it, and a processor
// four times as slow. `cargo xtask bench` starts the release and says where it is and who is signed in.
import { expect, test } from '@playwright/test';

const { PHONE_URL, PHONE_COOKIES } = process.env;
const ROUNDS = 7;
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 1_638_400 / 8, uploadThroughput: 750_000 / 8 };
const SLOWER = 4;

test('the dashboard', async ({ browser }) => {
  test.setTimeout(120_000);
  const cookies = PHONE_COOKIES!.split('; ').map((pair) => {
    const [name, value] = pair.split('=', 2) as [string, string];
    return { name, value, url: PHONE_URL! };
  });
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // A context has a cache of its own: each is a first visit.
    const context = await browser.newContext({ viewport: { width: 360, height: 640 } });
    await context.addCookies(cookies);
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Network.enable');
    await devtools.send('Network.emulateNetworkConditions', SLOW_4G);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    await page.goto(`${PHONE_URL}/dashboard`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('You are signed in.');
    const mark = await page.waitForFunction(() => performance.getEntriesByName('hydrated')[0]?.startTime);
    took.push((await mark.jsonValue())!);
    await context.close();
  }
  took.sort((a, b) => a - b);
  console.log(`alive after ${Math.round(took[Math.floor(ROUNDS / 2)]!)} ms`);
});
