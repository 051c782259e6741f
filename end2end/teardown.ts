import { rmSync } from 'node:fs';
import { folder } from './settings';

/** Removes the server's folder. */
export default function teardown() {
  rmSync(folder, { recursive: true, force: true });
}
