// A real Keycloak from Maven Central, as a provider for the tests, with a realm of the project's own.
// `SITE_URL=… node keycloak.mjs '{"port": 0}'` prints `{"issuer": "…", "admin": "…"}` when it serves, and
// ends when its standard input does. It is fetched and built once, into target/peers. With `"events": true` it has the
// events extension of Phase Two and keeps what it knows: started with `"keep": "PASSWORD"`, it knows it again.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { endWithStandardInput, ready, settings } from './peer.mjs';

const version = '26.7.3';
const extension = 'io.phasetwo.keycloak:keycloak-events:0.59';
const folder = resolve(import.meta.dirname, '../../target/peers');
const home = join(folder, settings.events ? `keycloak-${version}-events` : `keycloak-${version}`);
const log = `${home}.log`;
/** A smaller heap than Keycloak takes by itself, and no second compiler: it starts sooner. */
const JAVA_OPTS_APPEND = '-Xmx512m -XX:TieredStopAtLevel=1';

function run(program, args, missing, cwd = folder) {
  try {
    execFileSync(program, args, { cwd, stdio: ['ignore', 2, 2], env: { ...process.env, JAVA_OPTS_APPEND } });
  } catch (error) {
    if (error.code === 'ENOENT') fail(`${program} is missing. ${missing}`);
    throw error;
  }
}

function fail(why) {
  console.error(why);
  process.exit(1);
}

/** Fetches, unpacks and builds; the folder gets its name when all is done. */
function install() {
  mkdirSync(folder, { recursive: true });
  const unpacked = mkdtempSync(join(folder, 'new-'));
  console.error(`Keycloak ${version}: fetching (176 MB) and building, once (2 minutes).`);
  const artifact = `-Dartifact=org.keycloak:keycloak-quarkus-dist:${version}:tar.gz`;
  const maven = 'Install it (Debian: apt-get install maven default-jre-headless), then run this again.';
  run('mvn', ['-q', '-B', '-N', 'dependency:copy', artifact, `-DoutputDirectory=${unpacked}`], maven);
  const archive = `keycloak-quarkus-dist-${version}.tar.gz`;
  run('tar', ['xzf', archive, '--strip-components=1'], 'Install it, then run this again.', unpacked);
  rmSync(join(unpacked, archive));
  const java = 'Install Java 17 or newer (Debian: apt-get install default-jre-headless), then run this again.';
  run('java', ['-version'], java);
  if (settings.events) {
    run('mvn', ['-q', '-B', '-N', 'dependency:copy', `-Dartifact=${extension}`, `-DoutputDirectory=${join(unpacked, 'providers')}`], maven);
  }
  run('bin/kc.sh', ['build', settings.events ? '--db=dev-file' : '--db=dev-mem', '--health-enabled=true', '--http-management-health-enabled=false'], '', unpacked);
  if (existsSync(home)) rmSync(unpacked, { recursive: true });
  else renameSync(unpacked, home);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/**
 * Starts it in a process group of its own. The shell waits for the end of its standard input, which we
 * hold; that comes when we end, however we end. Then it ends the group.
 */
function start(origin, port, password) {
  if (!settings.keep) rmSync(join(home, 'data/h2'), { recursive: true, force: true });
  mkdirSync(join(home, 'data/import'), { recursive: true });
  copyFileSync(join(import.meta.dirname, 'keycloak-realm.json'), join(home, 'data/import/sparekey-realm.json'));
  const options = [
    'start', '--optimized', '--import-realm', '--cache=local', '--http-enabled=true', `--hostname=${origin}`,
    '--http-host=127.0.0.1', `--http-port=${port}`,
  ];
  const watch = '"$@" </dev/null & cat >/dev/null; kill -KILL 0';
  const output = openSync(log, 'w');
  const env = {
    ...process.env,
    JAVA_OPTS_APPEND,
    SITE_URL: process.env.SITE_URL ?? 'http://localhost:3000',
    KC_BOOTSTRAP_ADMIN_USERNAME: 'admin',
    KC_BOOTSTRAP_ADMIN_PASSWORD: password,
  };
  const shell = spawn('sh', ['-c', watch, 'sh', join(home, 'bin/kc.sh'), ...options], {
    env,
    detached: true,
    stdio: ['pipe', output, output],
  });
  shell.unref();
}

/** Until it serves; it takes 10 to 30 seconds. */
async function serves(origin) {
  const deadline = Date.now() + 180_000;
  while (Date.now() < deadline) {
    const health = await fetch(`${origin}/health/ready`).catch(() => undefined);
    if (health?.ok) return;
    await wait(250);
  }
  fail(`Keycloak does not serve. It says:\n${readFileSync(log, 'utf8').slice(-4000)}`);
}

if (!existsSync(home)) install();
endWithStandardInput();
const port = settings.port || (await freePort());
const origin = `http://127.0.0.1:${port}`;
const password = settings.keep ?? randomBytes(16).toString('hex');
start(origin, port, password);
await serves(origin);
ready({ issuer: `${origin}/realms/sparekey`, admin: origin, password });
