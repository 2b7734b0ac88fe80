import assert from 'node:assert/strict';
import { accountsIn, addAccount, addOne } from './accounts.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** What transactions must do. */
export const transactionCases: ConformanceCase[] = [
  {
    name: 'When a transaction is committed, Then its caller gets its result and every connection sees all of it',
    async run([first, second]) {
      const result = await first.transaction(async (tables) => {
        await addAccount(tables, 'a');
        await addAccount(tables, 'b');
        return 'both';
      });

      assert.equal(result, 'both');
      assert.deepEqual(await accountsIn(first), ['a', 'b']);
      assert.deepEqual(await accountsIn(second), ['a', 'b']);
    },
  },
  {
    name: 'When a transaction throws, Then its caller gets that very error and nothing of it is kept',
    async run([first, second]) {
      const failure = new Error('of the caller');

      const failed = first.transaction(async (tables) => {
        await addAccount(tables, 'a');
        await addAccount(tables, 'b');
        throw failure;
      });

      assert.equal(await rejectionOf(failed), failure);
      assert.deepEqual(await accountsIn(second), []);
    },
  },
  {
    name: 'When one of several transactions at a time fails, Then it alone is rolled back',
    async run([first, second]) {
      const add = (id: string) =>
        first.transaction(async (tables) => {
          await addAccount(tables, id);
          if (id === 'c') throw new Error('c fails');
        });

      const settled = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map(add));

      assert.deepEqual(
        settled.map(({ status }) => status),
        ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
      );
      assert.deepEqual(await accountsIn(second), ['a', 'b', 'd', 'e']);
    },
  },
  {
    name: 'When a statement fails, Then its transaction is rolled back and the next one works',
    async run([first]) {
      await first.transaction((tables) => addAccount(tables, 'a'));

      const failed = first.transaction(async (tables) => {
        await addAccount(tables, 'b');
        await addAccount(tables, 'a');
      });

      assert.ok((await rejectionOf(failed)) instanceof Error);
      await first.transaction((tables) => addAccount(tables, 'c'));
      assert.deepEqual(await accountsIn(first), ['a', 'c']);
    },
  },
  {
    name: 'When others read while a transaction is open, Then they see all of it or nothing',
    async run([first, second]) {
      const seen: Array<Promise<string[]>> = [];
      const look = () => seen.push(accountsIn(first), accountsIn(second));

      await first.transaction(async (tables) => {
        await addAccount(tables, 'a');
        look();
        await addAccount(tables, 'b');
      });

      for (const accounts of await Promise.all(seen)) assert.ok(accounts.length !== 1, `a reader saw ${accounts}`);
    },
  },
  {
    name: 'When a transaction that others read beside is rolled back, Then none of them saw anything of it',
    async run([first, second]) {
      const seen: Array<Promise<string[]>> = [];

      const failed = first.transaction(async (tables) => {
        await addAccount(tables, 'a');
        seen.push(accountsIn(first), accountsIn(second));
        await addAccount(tables, 'b');
        throw new Error('rolled back');
      });

      await rejectionOf(failed);
      assert.deepEqual(await Promise.all(seen), [[], []]);
    },
  },
  {
    name: 'When transactions change one row at a time, Then no change is lost',
    async run(stores) {
      await stores[0].transaction((tables) => addAccount(tables, 'a'));

      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          stores[index % 2 === 0 ? 0 : 1].transaction((tables) => addOne(tables, 'a')),
        ),
      );

      const query = stores[0].read.selectFrom('conformance_accounts').select('amount');
      assert.equal((await query.executeTakeFirstOrThrow()).amount, 20);
    },
  },
  {
    name: 'When transactions have the same subject, Then one runs after the other',
    async run(stores) {
      let running = 0;
      let most = 0;

      await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          stores[index % 2 === 0 ? 0 : 1].transaction(
            async (tables) => {
              running += 1;
              most = Math.max(most, running);
              await addAccount(tables, `account-${index}`);
              running -= 1;
            },
            { subject: 'the same' },
          ),
        ),
      );

      assert.equal(most, 1);
      assert.equal((await accountsIn(stores[0])).length, 6);
    },
  },
  {
    name: 'When a transaction reads what it has written, Then it finds it',
    async run([first]) {
      const found = await first.transaction(async (tables) => {
        await addAccount(tables, 'a', 7);
        return tables.selectFrom('conformance_accounts').selectAll().executeTakeFirst();
      });

      assert.deepEqual({ ...found }, { id: 'a', amount: 7, note: null });
    },
  },
  {
    name: 'When the store is closed, Then transactions that have begun are finished first',
    closesFirst: true,
    async run([first, second]) {
      const begun = ['a', 'b', 'c'].map((id) => first.transaction((tables) => addAccount(tables, id)));

      const closed = first.close();

      await Promise.all([...begun, closed]);
      if (second !== first) assert.deepEqual(await accountsIn(second), ['a', 'b', 'c']);
    },
  },
  {
    name: 'When the store is asked whether it answers, Then it does, and its clock is in milliseconds',
    async run(stores) {
      for (const store of stores) {
        await store.ping();
        const [earlier, later] = [await store.clock(), await store.clock()];
        assert.ok(Number.isInteger(earlier) && later >= earlier, `${earlier}, then ${later}`);
      }
      const apart = (await stores[0].clock()) - (await stores[1].clock());
      assert.ok(Math.abs(apart) < 1_000, `the connections' clocks are ${apart} ms apart`);
    },
  },
];

async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail('the transaction was committed');
}
