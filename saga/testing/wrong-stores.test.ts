import assert from 'node:assert/strict';
import { openStore, type Store } from 'durable-store';
import type { Kysely, KyselyPlugin, QueryResult } from 'kysely';
import { describe, test } from 'vitest';
import { type ConformanceTables, storeConformance } from './index.ts';

type ConformanceStore = Store<ConformanceTables>;
type Tables = Kysely<ConformanceTables>;

/** A plugin that changes what queries return. */
const changing = (change: (result: QueryResult<Record<string, unknown>>) => object): KyselyPlugin => ({
  transformQuery: ({ node }) => node,
  transformResult: async ({ result }) => ({ ...result, ...change(result) }),
});

const withPlugin = (store: ConformanceStore, plugin: KyselyPlugin): ConformanceStore => ({
  ...store,
  read: store.read.withPlugin(plugin),
  transaction: (work, options) => store.transaction((tables) => work(tables.withPlugin(plugin)), options),
});

/** The tables as the connection that writes has them, outside of any transaction. */
async function writerOf(store: ConformanceStore): Promise<Tables> {
  return store.transaction(async (tables) => tables);
}

const eachValue = (result: QueryResult<Record<string, unknown>>, change: (value: unknown) => unknown) => ({
  rows: result.rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, change(value)]))),
});

/** Ways in which a store may be wrong, and a case that finds each. */
const wrongs: Array<{
  what: string;
  found: RegExp;
  makeWrong(store: ConformanceStore): Promise<ConformanceStore> | ConformanceStore;
}> = [
  {
    what: 'commits what throws',
    found: /throws, Then its caller gets that very error and nothing of it is kept/,
    makeWrong: (store) => ({
      ...store,
      async transaction(work, options) {
        const settled = await store.transaction(
          async (tables) => (await Promise.allSettled([work(tables)]))[0],
          options,
        );
        if (settled.status === 'rejected') throw settled.reason;
        return settled.value;
      },
    }),
  },
  {
    what: 'commits nothing',
    found: /a transaction is committed, Then its caller gets its result and every connection sees all of it/,
    makeWrong: (store) => ({
      ...store,
      async transaction(work, options) {
        const results: unknown[] = [];
        const rolledBack = store.transaction(async (tables) => {
          results.push(await work(tables));
          throw new Error('rolled back');
        }, options);
        return rolledBack.catch((error) => (results.length > 0 ? results[0] : Promise.reject(error))) as never;
      },
    }),
  },
  {
    what: 'throws an error of its own',
    found: /throws, Then its caller gets that very error/,
    makeWrong: (store) => ({
      ...store,
      transaction: (work, options) =>
        store.transaction(work, options).catch((cause) => Promise.reject(new Error('failed', { cause }))),
    }),
  },
  {
    what: 'rolls back all transactions of a group',
    found: /one of several transactions at a time fails/,
    makeWrong(store) {
      let group: Promise<unknown[]> | undefined;
      const works: Array<(tables: Tables) => Promise<unknown>> = [];
      return {
        ...store,
        async transaction(work) {
          const index = works.push(work) - 1;
          group ??= Promise.resolve().then(() =>
            store.transaction(async (tables) => {
              const results: unknown[] = [];
              group = undefined;
              for (const one of works.splice(0)) results.push(await one(tables));
              return results;
            }),
          );
          return (await group)[index] as never;
        },
      };
    },
  },
  {
    what: 'shows what is not committed',
    found: /a transaction that others read beside is rolled back/,
    makeWrong: async (store) => ({ ...store, read: await writerOf(store) }),
  },
  {
    what: 'has no transactions',
    found: /transactions change one row at a time, Then no change is lost/,
    async makeWrong(store) {
      const tables = await writerOf(store);
      return { ...store, transaction: (work) => work(tables) };
    },
  },
  {
    what: 'knows nothing of what it wrote',
    found: /a run writes with an old fencing token/,
    makeWrong: (store) =>
      withPlugin(
        store,
        changing(() => ({ numAffectedRows: 1n })),
      ),
  },
  {
    what: 'returns numbers as strings',
    found: /a column holds a large integer/,
    makeWrong: (store) =>
      withPlugin(
        store,
        changing((result) => eachValue(result, (value) => (typeof value === 'number' ? String(value) : value))),
      ),
  },
  {
    what: 'reads text in another encoding',
    found: /holds any text that JSON can say/,
    makeWrong: (store) =>
      withPlugin(
        store,
        changing((result) =>
          eachValue(result, (value) => (typeof value === 'string' ? Buffer.from(value).toString('latin1') : value)),
        ),
      ),
  },
  {
    what: 'cuts long text off',
    found: /as large as a step may return/,
    makeWrong: (store) =>
      withPlugin(
        store,
        changing((result) =>
          eachValue(result, (value) => (typeof value === 'string' && value.length > 65_535 ? '""' : value)),
        ),
      ),
  },
  {
    what: 'closes at once',
    found: /the store is closed, Then transactions that have begun are finished first/,
    makeWrong(store) {
      let closed = false;
      return {
        ...store,
        async close() {
          closed = true;
          await store.close();
        },
        transaction: (work, options) =>
          store.transaction((tables) => (closed ? Promise.reject(new Error('closed')) : work(tables)), options),
      };
    },
  },
  {
    what: 'has a clock in seconds',
    found: /its clock is in milliseconds/,
    makeWrong: (store) => ({ ...store, clock: async () => Date.now() / 1_000 }),
  },
];

async function failuresOf(makeWrong: (typeof wrongs)[number]['makeWrong']): Promise<string[]> {
  const cases = storeConformance(async (migrations) => {
    const wrong = await makeWrong(await openStore<ConformanceTables>('memory:', { migrations }));
    return [wrong, wrong];
  });
  const settled = await Promise.allSettled(cases.map(({ run }) => run()));
  return cases.filter((_case, index) => settled[index]?.status === 'rejected').map(({ name }) => name);
}

describe('the store conformance suite', () => {
  for (const { what, found, makeWrong } of wrongs) {
    test(`When a store ${what}, Then the suite finds it`, async () => {
      const failures = await failuresOf(makeWrong);

      assert.ok(
        failures.some((name) => found.test(name)),
        `found only ${failures}`,
      );
    });
  }
});
