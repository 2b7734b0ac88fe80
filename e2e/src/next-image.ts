import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyOrchestrator } from './other-version.ts';
import { LATER_STORE } from './replicas/two-versions.ts';
import { docker } from './run.ts';
import { imageOf } from './service-image.ts';

const IMAGE = imageOf('appointment');
const NEXT = `${IMAGE}:next-release`;

const DOCKERFILE = `FROM ${IMAGE}\nCOPY --chmod=644 src/booking-store.ts src/\n`;

const COMPOSE_FILE = `services:
  appointment:
    image: ${NEXT}
    build: !reset null
    pull_policy: never
`;

/**
 * Builds the orchestrator's next release on top of its image, which is there: one more migration, which adds to the store.
 *
 * @returns a Compose file that puts it in the place of the other one; both are gone once it is disposed of
 */
export async function buildNextImage(): Promise<AsyncDisposable & { composeFile: string }> {
  using disposables = new DisposableStack();
  const folder = disposables.use(copyOrchestrator([LATER_STORE]));
  const composeFile = join(folder.path, 'next-release.yml');
  writeFileSync(composeFile, COMPOSE_FILE);
  writeFileSync(join(folder.path, 'Dockerfile'), DOCKERFILE);
  const options = ['--quiet', '--tag', NEXT, '--file', join(folder.path, 'Dockerfile')];
  await docker('build', ...options, join(folder.path, 'appointment'));
  const moved = disposables.move();
  return {
    composeFile,
    async [Symbol.asyncDispose]() {
      moved[Symbol.dispose]();
      await docker('image', 'rm', '--force', NEXT);
    },
  };
}
