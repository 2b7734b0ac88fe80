import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { auditStack } from '../../scripts/audit-stack.ts';
import { SERVICE_NAMES, SERVICES } from '../../services.ts';
import { runBookingLoad } from '../src/faults/booking-load.ts';
import { createClientLedger } from '../src/faults/client-ledger.ts';
import { createFaultStack, type FaultStack } from '../src/faults/fault-stack.ts';
import { chooseSeed, createSeededRandom } from '../src/faults/seeded-random.ts';
import { expectAllEnded, expectRecovered } from '../src/faults/verdict.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BACKUPS = 5;

const runScript = (script: string, options: string[], dataDir: string) =>
  spawnSync(process.execPath, [`scripts/${script}.ts`, ...options], {
    cwd: ROOT,
    env: { ...process.env, DATA_DIR: dataDir },
    encoding: 'utf8',
  });

const dataDirOf = (stack: FaultStack) => join(stack.storeOf('payment'), '..');

test('When stores are backed up under load, Then each backup is a set of books that agrees, and no client fails', async () => {
  using folder = temporaryFolder();
  await using stack = await createFaultStack();
  await stack.startAll();
  const clients = createClientLedger();
  const stop = new AbortController();
  const load = runBookingLoad(stack.addresses.appointment, clients, createSeededRandom(chooseSeed()), {
    concurrency: 8,
    stop: stop.signal,
  });

  for (let count = 0; count < BACKUPS; count += 1) {
    const { status, stderr } = runScript('backup', [join(folder.path, String(count))], dataDirOf(stack));
    expect([status, stderr]).toEqual([0, '']);
    await new Promise((resolve) => setImmediate(resolve));
  }
  stop.abort();
  await load;
  expect(clients.counts()[503] ?? 0).toBe(0);
  await expectRecovered(stack.addresses, clients);

  for (let count = 0; count < BACKUPS; count += 1) {
    await Promise.all(SERVICE_NAMES.map((name) => stack.stop(name)));
    const restored = runScript('restore', [join(folder.path, String(count))], dataDirOf(stack));
    expect(restored.stderr).toBe('');
    await stack.startAll();
    await expectAllEnded(stack.addresses);
    expect(await auditStack(stack.addresses)).toMatchObject({ passed: true });
  }
});

test('When the backup goes to standard output, Then it is an archive of all stores and leaves nothing behind', async () => {
  using folder = temporaryFolder();
  await using stack = await createFaultStack();
  await stack.startAll();
  const before = readdirSync(dataDirOf(stack)).toSorted();

  const archive = execFileSync(
    process.execPath,
    ['--input-type=module-typescript', '-', '-', ...SERVICE_NAMES.map(stack.storeOf)],
    {
      cwd: folder.path,
      input: execFileSync('cat', [join(ROOT, 'scripts/backup.ts')]),
    },
  );
  writeFileSync(join(folder.path, 'backup.tar'), archive);
  const listed = execFileSync('tar', ['-tf', join(folder.path, 'backup.tar')], { encoding: 'utf8' });

  expect(listed.trim().split('\n').toSorted()).toEqual(
    ['./', ...SERVICES.map(({ store }) => `./${store}.db`)].toSorted(),
  );
  expect(readdirSync(dataDirOf(stack)).toSorted()).toEqual(before);
});

test('When a stack works on the stores, Then nothing is restored', async () => {
  using folder = temporaryFolder();
  await using stack = await createFaultStack();
  await stack.startAll();
  expect(runScript('backup', [folder.path], dataDirOf(stack)).status).toBe(0);

  const { status, stderr } = runScript('restore', [folder.path], dataDirOf(stack));

  expect(status).toBe(1);
  expect(stderr).toMatch(/^Nothing was restored: another process works on this SQLite file[^\n]*\n$/);
});

const REFUSED: Array<[what: string, script: string, options: (folder: string) => string[], sentence: RegExp]> = [
  [
    'a backup of nothing',
    'backup',
    (folder) => [`${folder}/new`],
    /^Nothing was backed up: there is no store in \/.*\/data$/m,
  ],
  ['a backup to nowhere', 'backup', () => [], /^Nothing was backed up: say where to/],
  ['a restore of nothing', 'restore', (folder) => [`${folder}/none`], /^Nothing was restored: there are no copies/],
  ['a restore of a text', 'restore', (folder) => [folder], /^Nothing was restored: the copy .*text\.db is damaged/],
  ['a restore from nowhere', 'restore', () => [], /^Nothing was restored: say where from/],
];

test.each(REFUSED)('When there is %s, Then one sentence says why not', (_what, script, options, sentence) => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'text.db'), 'no store\n'.repeat(999));

  const { status, stderr } = runScript(script, options(folder.path), join(folder.path, 'data'));

  expect(status).toBe(1);
  expect(stderr).toMatch(sentence);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('When the backup is to go to a place that makes no folders, Then it fails and says so', async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'payment.db'), '');

  const done = spawnSync(process.execPath, ['scripts/backup.ts', '/proc/a/b'], {
    cwd: ROOT,
    env: { ...process.env, DATA_DIR: folder.path },
    encoding: 'utf8',
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });

  expect([done.status, done.signal]).toEqual([1, null]);
  expect(done.stderr).toContain('/proc/a');
});
