import { execFileSync } from 'node:child_process';
import { temporaryFolder } from '@appointments/chassis/testing';
import { expect, onTestFinished, test } from 'vitest';
import { SERVICE_NAMES as SERVICES, type ServiceName } from '../../services.ts';
import { docker, root } from '../src/run.ts';
import { ServiceImage } from '../src/service-image.ts';

const NODE_IMAGE = process.env.NODE_IMAGE || 'node:26-slim';
// What the images are made of.
const CONTEXT = ['package.json', 'package-lock.json', '.dockerignore', 'store', 'saga', 'chassis', ...SERVICES];

const tagOf = (service: ServiceName) => `appointments-private-${service}`;

test('When a checkout is readable for its owner alone, Then its images run all the same', async () => {
  using folder = temporaryFolder();
  const copy =
    'umask 077 && tar --exclude node_modules -cf - "$@" | tar --no-same-permissions -xf - -C "$0" && chmod -R go= "$0"';
  execFileSync('sh', ['-c', copy, folder.path, ...CONTEXT], { cwd: root });

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
