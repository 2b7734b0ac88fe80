import { overPostgres } from 'durable-store/testing';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openBench, settled } from '../test/bench.ts';
import { createWorld } from '../test/letters.ts';
import { updateSagas } from './log-batches.ts';
import type { SagaRecord } from './record.ts';
import type { Tables } from './tables.ts';

const IDS = ['one', 'two', 'three'];

const scansIn = async (tables: Tables): Promise<number> => {
  const { rows } = await sql<{ scans: number }>`
    select seq_scan::int as scans from pg_stat_xact_user_tables where relid = 'sagas'::regclass`.execute(tables);
  return rows[0]?.scans ?? 0;
};

test.runIf(overPostgres())('When few sagas among many are written, Then the others are not read for it', async () => {
  await using bench = openBench();
  const saga = createWorld().letters('A');
  const host = await bench.openHost([saga]);
  const records: SagaRecord[] = [];
  for (const id of IDS) {
    const handle = await host.sagas.start(saga, { id, input: '', secret: '' } as never);
    records.push(await settled(handle.rested()));
  }

  const { written, scans } = await host.store.transaction(async (transaction) => {
    const tables = transaction as unknown as Tables;
    await sql`insert into sagas select (jsonb_populate_record(sagas, jsonb_build_object('id', id || n))).*
      from sagas, generate_series(1, 1000) as n`.execute(tables);
    const before = await scansIn(tables);
    const after = records.map((record) => ({ ...record, revision: record.revision + 1 }));
    return { written: await updateSagas(tables, after), scans: (await scansIn(tables)) - before };
  });

  expect([...written].toSorted()).toEqual(IDS.toSorted());
  expect(scans).toBe(0);
});
