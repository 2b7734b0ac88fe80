import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIBRARY = readFileSync('/proc/self/maps', 'utf8').match(/\/\S*libatomic\.so\S*/)?.[0] ?? '';
const mountsAllowed = spawnSync('unshare', ['--mount', 'true']).status === 0;

test.runIf(existsSync(LIBRARY) && mountsAllowed)(
  'When libatomic is missing and there is no other Node, Then one sentence says what to install',
  () => {
    const script = `mount --bind /dev/null ${LIBRARY} && PATH=/nonexistent exec scripts/node scripts/start.ts`;

    const { status, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script], { cwd: ROOT, encoding: 'utf8' });

    expect(stderr).toMatch(
      /^The Node that comes with this project does not run here\. [^\n]*apt install libatomic1[^\n]*\n$/,
    );
    expect(status).toBe(1);
  },
);
