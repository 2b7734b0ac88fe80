/**
 * Writes the stores that are kept in a folder beside this one, named after the commit that wrote them:
 *
 *     npm ci
 *     PATH=$PWD/node_modules/node/bin:$PATH node appointment/test/stores/write/write-stores.ts 624cea0
 *
 * It runs the services of the commit that is checked out, kills them, and writes down what they leave, over SQLite and
 * over PostgreSQL. For 624cea0 it was run on that very commit, with these files added. It fails, and writes nothing, where
 * a booking is not in the state that `written-bookings.ts` says, which on a busy machine may take a second run.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startPostgresServer, temporaryFolder } from '@appointments/chassis/testing';
import { mapServicesAsync, SERVICE_NAMES, type ServiceName } from '../../../../services.ts';
import { WRITTEN_BOOKINGS } from '../written-bookings.ts';
import { describeSaga } from './describe-saga.ts';
import { dumpStore } from './dump-store.ts';
import { makeBookings } from './make-bookings.ts';
import { openStoreRows } from './store-rows.ts';
import { startWrittenStack } from './written-stack.ts';

type StoreUrls = Record<ServiceName, string>;

/** Makes the bookings over three empty stores; resolves when no process uses them any more. */
async function fillStores(urls: StoreUrls): Promise<void> {
  using folder = temporaryFolder();
  await using stack = await startWrittenStack(urls, folder.path);
  await makeBookings(stack);
}

const BOOKINGS = 'select bookings.id, bookings.name, status, steps from bookings join sagas on sagas.id = bookings.id';

/**
 * @returns the id of each booking, by the patient's name
 * @throws where one is not as it should be
 */
async function checkBookings(url: string): Promise<Record<string, string>> {
  await using rows = await openStoreRows(url);
  const found = await rows.select<{ id: string; name: string; status: string; steps: string }>(BOOKINGS);
  const ids = WRITTEN_BOOKINGS.map(({ name, was }) => {
    const row = found.find((one) => one.name === name);
    const is = row && describeSaga(row);
    if (is !== was) throw new Error(`${name} is ${is} and should be ${was}`);
    return [name, row?.id];
  });
  return Object.fromEntries(ids);
}

function refuseCardNumbers(dump: string): void {
  if (WRITTEN_BOOKINGS.some(({ cardNum }) => dump.includes(cardNum))) throw new Error('a card number was stored');
}

async function writeKind(commit: string, kind: string, urls: StoreUrls): Promise<void> {
  await fillStores(urls);
  const killedAt = Date.now();
  const ids = await checkBookings(urls.appointment);
  const folder = fileURLToPath(new URL(`../${commit}/${kind}/`, import.meta.url));
  mkdirSync(folder, { recursive: true });
  for (const name of SERVICE_NAMES) {
    const dump = await dumpStore(urls[name]);
    refuseCardNumbers(dump);
    writeFileSync(`${folder}${name}.sql`, dump);
  }
  writeFileSync(`${folder}bookings.json`, `${JSON.stringify({ killedAt, ids }, null, 2)}\n`);
}

const commit = process.argv[2];
if (!commit) throw new Error('usage: write-stores.ts COMMIT');
using folder = temporaryFolder();
await writeKind(
  commit,
  'sqlite',
  await mapServicesAsync(SERVICE_NAMES, async (name) => `sqlite:${folder.path}/${name}.db`),
);
await using server = await startPostgresServer();
await writeKind(commit, 'postgres', await mapServicesAsync(SERVICE_NAMES, server.createDatabase));
