import assert from 'node:assert/strict';
import type { Store } from 'durable-store';
import type { Json } from '../../src/index.ts';
import { findSaga, insertSaga } from '../../src/log.ts';
import { sagasIn } from '../../src/tables.ts';
import type { ConformanceCase, ConformanceTables } from './conformance-case.ts';
import { newSaga } from './sagas.ts';

/** How values must come back. */
export const valueCases: ConformanceCase[] = [
  {
    name: 'When a value holds any text that JSON can say, Then it comes back as it was',
    async run([first, second]) {
      const texts = ['', "'; --", '"\\\n\r\t', '\u0000\u001f', 'Zoë 東京 😀', '\u2028', 'null', '{"a":1}', '$1 ? :x'];
      const value: Json = { texts, nested: { list: [1, 'two', null, [true]], none: {} } };

      assert.deepEqual(await storedAs(value, first, second), value);
    },
  },
  {
    name: 'When a value holds numbers, Then they come back as they were',
    async run([first, second]) {
      const value = [0, -1, 1.5, 1e21, 5e-324, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];

      assert.deepEqual(await storedAs(value, first, second), value);
    },
  },
  {
    name: 'When a value is as large as a step may return, Then it comes back whole',
    async run([first, second]) {
      const value = 'é'.repeat(128 * 1024);

      assert.ok((await storedAs(value, first, second)) === value);
    },
  },
  {
    name: 'When a column holds a large integer, Then it comes back as a number',
    async run([first, second]) {
      const row = { id: 'a', amount: Number.MAX_SAFE_INTEGER, note: null };

      await first.transaction((tables) => tables.insertInto('conformance_accounts').values(row).execute());

      const stored = await second.read.selectFrom('conformance_accounts').selectAll().executeTakeFirst();
      assert.deepEqual({ ...stored }, row);
    },
  },
  {
    name: 'When a time is before 1970 or in the year 9999, Then it comes back as it was',
    async run([first, second]) {
      const saga = newSaga('a', { at: -1, dueAt: 253_402_300_799_999 });

      await first.transaction((tables) => insertSaga(sagasIn(tables), saga));

      assert.deepEqual(await findSaga(sagasIn(second.read), 'a'), saga);
    },
  },
];

async function storedAs(
  input: Json,
  first: Store<ConformanceTables>,
  second: Store<ConformanceTables>,
): Promise<Json | undefined> {
  await first.transaction((tables) => insertSaga(sagasIn(tables), newSaga('a', { input })));
  return (await findSaga(sagasIn(second.read), 'a'))?.input;
}
