import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('node', import.meta.url));
const MISSING =
  'error while loading shared libraries: libatomic.so.1: cannot open shared object file: No such file or directory';

function writeScript(file: string, lines: string): void {
  writeFileSync(file, `#!/bin/sh\n${lines}\n`);
  chmodSync(file, 0o755);
}

/** A checkout with a pinned Node that is the given script, and a folder for the one of the machine. */
function createCheckout(pinned: string) {
  const folder = temporaryFolder();
  mkdirSync(join(folder.path, 'node_modules/node/bin'), { recursive: true });
  mkdirSync(join(folder.path, 'bin'));
  writeScript(join(folder.path, 'node_modules/node/bin/node'), pinned);
  cpSync(LAUNCHER, join(folder.path, 'launcher'));
  return {
    own: join(folder.path, 'bin/node'),
    run: () =>
      spawnSync('/bin/sh', ['launcher', '-e', 'console.log("ran")'], {
        cwd: folder.path,
        encoding: 'utf8',
        env: { PATH: `${folder.path}/node_modules/.bin:${folder.path}/bin` },
      }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

const BROKEN = `echo "node: ${MISSING}" >&2; exit 127`;

test('When the pinned Node runs, Then it is taken', () => {
  using checkout = createCheckout('[ "$1" = --version ] || echo "pinned $*"');

  expect(checkout.run()).toMatchObject({ status: 0, stdout: 'pinned -e console.log("ran")\n', stderr: '' });
});

test('When a library of the pinned Node is missing and the machine has another one, Then that is taken', () => {
  using checkout = createCheckout(BROKEN);
  symlinkSync(process.execPath, checkout.own);

  expect(checkout.run()).toMatchObject({ status: 0, stdout: 'ran\n', stderr: '' });
});

test.each([
  ['has no other', undefined],
  ['has one that is too old', 'exit 1'],
  ['has one that does not run either', BROKEN],
])(
  'When a library of the pinned Node is missing and the machine %s, Then one sentence says what to install',
  (_what, own) => {
    using checkout = createCheckout(BROKEN);
    if (own) writeScript(checkout.own, own);

    const { status, stderr } = checkout.run();

    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^The Node that comes with this project does not run here\. Install .*libatomic1.* or a Node of 24\.15 or newer\.\n$/,
    );
  },
);
