// `cargo xtask wait`: how long a developer looks at a page until it shows what they wrote.
import { expect, type Page, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { replace, source } from './files';

const ROUNDS = Number(process.env.WAIT_ROUNDS ?? 0);
test.skip(ROUNDS === 0, 'a measurement, of `cargo xtask wait`');
test.describe.configure({ mode: 'serial', timeout: 1_200_000 });

/** Processor seconds so far of the watching cargo-leptos and of all whom it has waited for; Linux only. */
function cpu(): number {
  const ticks = Number(execFileSync('getconf', ['CLK_TCK']));
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (words[1] !== 'watch' || readlinkSync(`/proc/${pid}/cwd`) !== process.env.WATCH_FOLDER) continue;
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop()!.split(' ');
      return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / ticks;
    } catch {
      // Gone while we looked.
    }
  }
  throw new Error('nobody watches');
}

/** Goes there and back between two texts; says the median of the ways, the first one only warming up. */
async function rounds(what: string, file: string, texts: [string, string], seen: (text: string) => Promise<void>) {
  const took: { wall: number; cpu: number }[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const [before, after] = round % 2 === 0 ? texts : [texts[1], texts[0]];
    const [start, used] = [Date.now(), cpu()];
    replace(file, before, after);
    await seen(after);
    const wall = (Date.now() - start) / 1000;
    // The second half of the site may still be at work, and counts.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    if (round > 0) took.push({ wall, cpu: cpu() - used });
  }
  const median = (of: (one: { wall: number; cpu: number }) => number) =>
    took.map(of).sort((a, b) => a - b)[Math.floor(took.length / 2)]!.toFixed(1);
  console.log(`${what}: ${median((one) => one.wall)} s, ${median((one) => one.cpu)} CPU s`);
}

async function home(page: Page) {
  await page.goto('/');
  return page.getByRole('heading', { level: 1 });
}

test('a word of a page', async ({ page }) => {
  const texts: [string, string] = ['keep your users when it is gone', 'keep your users when it has gone'];
  const heading = await home(page);
  const seen = (text: string) => expect(heading).toContainText(text, { timeout: 600_000 });
  await rounds('A word of a page of `app`, to the page that shows it', source('app/src', texts[0]), texts, seen);
});

test('a word of the server', async ({ page }) => {
  const texts: [string, string] = ['"ready\\n"', '"ready now\\n"'];
  await home(page);
  const seen = async (text: string) => {
    await page.waitForEvent('load', { timeout: 600_000 });
    const said = text.slice(1, -3);
    await expect.poll(async () => (await page.request.get('/readyz')).text()).toBe(`${said}\n`);
  };
  await rounds('A word of `server`, to the page reloaded', source('server/src', texts[0]), texts, seen);
});
