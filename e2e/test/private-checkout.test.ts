import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { temporaryFolder } from '@appointments/chassis/testing';
import { expect, onTestFinished, test } from 'vitest';
import { SERVICE_NAMES as SERVICES, type ServiceName } from '../../services.ts';
import { uniqueProject } from '../src/environment.ts';
import { docker, root, run } from '../src/run.ts';
import { ServiceImage } from '../src/service-image.ts';
import { SETTINGS } from '../src/stack-settings.ts';

const NODE_IMAGE = process.env.NODE_IMAGE || 'node:26-slim';
// What the images are made of.
const CONTEXT = ['package.json', 'package-lock.json', '.dockerignore', 'store', 'saga', 'chassis', ...SERVICES];
const SCALED = ['docker-compose.yml', 'docker-compose.scale.yml'];

const tagOf = (service: ServiceName) => `appointments-private-${service}`;

/** A copy of what is in the checkout at these paths that nobody but its owner can read. */
function copyPrivately(...paths: readonly string[]) {
  const folder = temporaryFolder();
  const copy =
    'umask 077 && tar --exclude node_modules -cf - "$@" | tar --no-same-permissions -xf - -C "$0" && chmod -R go= "$0"';
  execFileSync('sh', ['-c', copy, folder.path, ...paths], { cwd: root });
  return folder;
}

test('When a checkout is readable for its owner alone, Then its images run all the same', async () => {
  using folder = copyPrivately(...CONTEXT);
  onTestFinished(() => docker('image', 'rm', '--force', ...SERVICES.map(tagOf)).then(() => {}));

  for (const service of SERVICES) {
    const tag = tagOf(service);
    const label = `appointments.stack=${process.env.STACK || 'local'}`;
    const options = ['--tag', tag, '--label', label, '--build-arg', `NODE_IMAGE=${NODE_IMAGE}`];
    await docker('build', '--quiet', ...options, '--file', `${folder.path}/${service}/Dockerfile`, folder.path);
    // Resolves once it is healthy.
    await using container = await new ServiceImage(service, tag).start();
    expect(container.getId()).toBeTruthy();
  }
});

test.each([
  ['postgres', '/docker-entrypoint-initdb.d/create-databases.sh'],
  ['balancer', '/usr/local/etc/haproxy/haproxy.cfg'],
])('When a checkout is readable for its owner alone, Then %s can read its files', async (service, path) => {
  using folder = copyPrivately(...SCALED, 'deploy');
  const files = SCALED.flatMap((file) => ['--file', `${folder.path}/${file}`]);
  const compose = ['compose', '--project-name', uniqueProject(), ...files];
  onTestFinished(() => run('docker', [...compose, 'down', '--volumes'], SETTINGS).then(() => {}));

  const cat = ['run', '--rm', '--no-deps', '--build', '--entrypoint', 'cat', service, path];
  const { stdout, stderr } = await run('docker', [...compose, ...cat], SETTINGS);

  const [name = ''] = globSync(`deploy/*/${basename(path)}`, { cwd: root });
  // Behind what the build says.
  expect(String(stdout), String(stderr)).toContain(readFileSync(join(root, name), 'utf8'));
});
