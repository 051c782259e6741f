// The sources that the watching server is fed.
import { expect } from '@playwright/test';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The one source file below `folder` of the mirror that holds this text. */
export function source(folder: string, text: string): string {
  const top = join(process.env.WATCH_FOLDER!, folder);
  const files = readdirSync(top, { recursive: true, encoding: 'utf8' });
  const found = files
    .filter((file) => file.endsWith('.rs'))
    .map((file) => join(top, file))
    .filter((file) => readFileSync(file, 'utf8').includes(text));
  expect(found, `files with “${text}”`).toHaveLength(1);
  return found[0]!;
}

/** Writes one text in the place of another. */
export function replace(file: string, before: string, after: string) {
  writeFileSync(file, readFileSync(file, 'utf8').replace(before, after));
}
