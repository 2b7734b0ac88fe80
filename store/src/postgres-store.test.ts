import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgresServer, waitUntil } from '../testing/index.ts';
import { openStore } from './open-store.ts';

interface Tables {
  notes: { id: number; text: string };
}

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgresServer();
}, 30_000);

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

const migrations = {
  '001': {
    up: (db: Kysely<unknown>) =>
      db.schema
        .createTable('notes')
        .addColumn('id', 'bigint', (column) => column.primaryKey())
        .addColumn('text', 'text')
        .execute(),
  },
};

const newDatabase = () => server.createDatabase(`unit-${randomUUID()}`);
const notesIn = async (tables: Kysely<Tables>) =>
  (await tables.selectFrom('notes').select('text').orderBy('id').execute()).map(({ text }) => text);
const write = (tables: Kysely<Tables>, id: number, text: string) =>
  tables.insertInto('notes').values({ id, text }).execute();

/** Stands between a client and the server, and swallows what the server says to a COMMIT. */
async function startCommitSwallower(url: string) {
  const { port } = new URL(url);
  const sockets = new Set<Socket>();
  const state = { swallow: false, swallowed: 0 };
  const proxy = createServer((client) => {
    const upstream = connect(Number(port), '127.0.0.1');
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}));
    let committing = false;
    client.on('data', (data) => {
      committing = state.swallow && data.includes('COMMIT\0');
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (!committing) return void client.write(data);
      state.swallow = false;
      state.swallowed += 1;
      client.destroy();
      upstream.destroy();
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const through = new URL(url);
  through.port = String((proxy.address() as AddressInfo).port);
  return {
    url: through.href,
    state,
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}

describe('opening', () => {
  test('When several processes open an empty database at once, Then each migration runs once', async () => {
    const url = await newDatabase();

    const opened = await Promise.all(Array.from({ length: 6 }, () => openStore<Tables>(url, { migrations })));

    await opened[0]?.transaction((tables) => write(tables, 1, 'one'));
    for (const database of opened) expect(await notesIn(database.read)).toEqual(['one']);
    expect(opened.map(({ shared }) => shared)).toEqual(Array(6).fill(true));
    await Promise.all(opened.map(({ close }) => close()));
  });

  test('When a migration fails, Then opening fails with its error and nothing of it stays', async () => {
    const url = await newDatabase();
    const broken = {
      ...migrations,
      '002': {
        up: async (db: Kysely<unknown>) => {
          await db.schema.createTable('half').addColumn('id', 'integer').execute();
          throw new Error('cannot go on');
        },
      },
    };

    await expect(openStore(url, { migrations: broken })).rejects.toThrow('cannot go on');

    const database = await openStore<Tables>(url, { migrations });
    expect((await database.read.introspection.getTables()).map(({ name }) => name)).not.toContain('half');
    await database.close();
  });

  test('When no server answers, Then opening fails and says no more than that', async () => {
    const failure = openStore('postgres://someone:secretive@127.0.0.1:1/x', { migrations });

    await expect(failure).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(failure).rejects.toThrow(/^(?!.*secretive)/s);
  });
});

describe('a transaction', () => {
  test('When its work throws, Then nothing of it stays and the connection is used on', async () => {
    const database = await openStore<Tables>(await newDatabase(), { migrations, poolSize: 1 });

    const failing = database.transaction(async (tables) => {
      await write(tables, 1, 'lost');
      throw new Error('no');
    });

    await expect(failing).rejects.toThrow('no');
    await database.transaction((tables) => write(tables, 1, 'kept'));
    expect(await notesIn(database.read)).toEqual(['kept']);
    await database.close();
  });

  test('When its work goes on after a statement that failed, Then it is not taken for committed', async () => {
    const database = await openStore<Tables>(await newDatabase(), { migrations });

    const swallowing = database.transaction(async (tables) => {
      await write(tables, 1, 'one');
      await write(tables, 1, 'again').catch(() => {});
    });

    await expect(swallowing).rejects.toThrow('a statement of the transaction had failed');
    expect(await notesIn(database.read)).toEqual([]);
    await database.close();
  });

  test('When others have the same subject, Then they run one after another, also from another process', async () => {
    const url = await newDatabase();
    const databases = [await openStore<Tables>(url, { migrations }), await openStore<Tables>(url, { migrations })];
    const countUp = async (tables: Kysely<Tables>) => write(tables, (await notesIn(tables)).length, 'counted');

    await Promise.all(
      Array.from({ length: 40 }, (_, at) => databases[at % 2]?.transaction(countUp, { subject: 'the counter' })),
    );

    expect(await notesIn((databases[0] as (typeof databases)[0]).read)).toHaveLength(40);
    await Promise.all(databases.map(({ close }) => close()));
  });

  test('When the answer to its commit is lost and it is repeatable, Then it is repeated', async () => {
    const url = await newDatabase();
    using swallower = await startCommitSwallower(url);
    const database = await openStore<Tables>(swallower.url, { migrations });
    const once = (tables: Kysely<Tables>) =>
      tables
        .insertInto('notes')
        .values({ id: 1, text: 'one' })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    swallower.state.swallow = true;

    await database.transaction(once, { repeatable: true });

    expect(swallower.state.swallowed).toBe(1);
    expect(await notesIn(database.read)).toEqual(['one']);
    await database.close();
  });

  test('When the answer to its commit is lost and it is not repeatable, Then it runs once and is 503', async () => {
    const url = await newDatabase();
    using swallower = await startCommitSwallower(url);
    const database = await openStore<Tables>(swallower.url, { migrations });
    let runs = 0;
    swallower.state.swallow = true;

    const unknown = database.transaction((tables) => {
      runs += 1;
      return write(tables, runs, 'one');
    });

    await expect(unknown).rejects.toMatchObject({ code: 'store_unavailable' });
    expect([swallower.state.swallowed, runs]).toEqual([1, 1]);
    await database.close();
  });

  test('When the holder of a subject falls silent, Then it is cut off and the next one goes on', async () => {
    const database = await openStore<Tables>(await newDatabase(), { migrations });
    const silence = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const silent = database.transaction(
      async (tables) => {
        await write(tables, 1, 'lost');
        begun.resolve();
        await silence.promise;
        await write(tables, 2, 'late');
      },
      { subject: 'a subject' },
    );
    silent.catch(() => {});
    await begun.promise;

    await database.transaction((tables) => write(tables, 1, 'next'), { subject: 'a subject' });
    const seen = await notesIn(database.read);
    expect(seen).toEqual(['next']);
    // Work that is repeated would find the next one's note in its way; here it is enough that it does not go on.
    await database.transaction((tables) => write(tables, 2, 'taken'));
    silence.resolve();
    await expect(silent).rejects.toThrow();
    expect(await notesIn(database.read)).toEqual(['next', 'taken']);
    await database.close();
  }, 20_000);
});

test('When the server crashes under transactions and comes back, Then none is lost and nobody is told', async () => {
  const database = await openStore<Tables>(await newDatabase(), { migrations, poolSize: 4 });
  const row = (id: number) => (tables: Kysely<Tables>) =>
    tables
      .insertInto('notes')
      .values({ id, text: 'x' })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  await database.ping();
  const writing = Promise.all(
    Array.from({ length: 200 }, (_, id) => database.transaction(row(id), { repeatable: true })),
  );
  await server.stop('immediate');
  // Work waits for the server, so nobody is to be taken away for it yet.
  await database.ping();
  await server.start();

  await writing;

  await database.ping();
  expect(await notesIn(database.read)).toHaveLength(200);
  await database.close();
}, 30_000);

test('When the server is away for longer than work waits for it, Then readiness follows, and comes back', async () => {
  const database = await openStore<Tables>(await newDatabase(), { migrations });
  await database.ping();
  const isReady = () =>
    database.ping().then(
      () => true,
      ({ code }) => code !== 'store_unavailable',
    );
  await server.stop('immediate');
  const wentAt = performance.now();
  await waitUntil('it is not ready', async () => !(await isReady()));
  expect(performance.now() - wentAt).toBeGreaterThan(3_000);
  await server.start();
  await waitUntil('it is ready', isReady);
  await database.close();
}, 30_000);

test('When the server is off its network for a while, Then connecting anew is tried again in time', async () => {
  const url = await newDatabase();
  const sockets = new Set<Socket>();
  const { port } = new URL(url);
  let off = false;
  // What is sent while it is off goes nowhere, and is not refused either.
  const network = createServer((client) => {
    sockets.add(client.on('error', () => {}));
    if (off) return;
    const upstream = connect(Number(port), '127.0.0.1');
    sockets.add(upstream.on('error', () => {}));
    client.pipe(upstream).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(network, 'listening');
  const through = Object.assign(new URL(url), { port: String((network.address() as AddressInfo).port) });
  const database = await openStore<Tables>(through.href, { migrations });
  await database.ping();

  off = true;
  for (const socket of sockets) socket.destroy();
  const offAt = performance.now();
  const writing = database.transaction((tables) => write(tables, 1, 'kept'));
  await waitUntil('it was off for a while', () => performance.now() - offAt > 1_500);
  await database.ping();
  off = false;

  await writing;
  expect(await notesIn(database.read)).toEqual(['kept']);
  for (const socket of sockets) socket.destroy();
  network.close();
  await database.close();
}, 20_000);

test('When sessions were opened while no writes were taken, Then it is 503 until they are, and writing goes on', async () => {
  const url = await newDatabase();
  const name = new URL(url).pathname.slice(1);
  const database = await openStore<Tables>(url, { migrations });
  await database.ping();
  await server.administer(`alter database "${name}" set default_transaction_read_only = on`);
  await server.administer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);

  const refused = database.transaction((tables) => write(tables, 1, 'lost'));
  await expect(refused).rejects.toMatchObject({ code: 'store_unavailable' });
  await waitUntil('it is not ready', () =>
    database.ping().then(
      () => false,
      () => true,
    ),
  );

  await server.administer(`alter database "${name}" reset default_transaction_read_only`);
  await database.transaction((tables) => write(tables, 1, 'kept'));
  await database.ping();
  expect(await notesIn(database.read)).toEqual(['kept']);
  await database.close();
}, 30_000);

test.each([
  ['the disk is full', '53100'],
  ['a file cannot be written', '58030'],
])('When the server says that %s, Then it is 503', async (_what, code) => {
  const database = await openStore<Tables>(await newDatabase(), { migrations });
  const failing = database.transaction((tables) =>
    sql`do ${sql.lit(`begin raise exception sqlstate '${code}'; end`)}`.execute(tables),
  );
  await expect(failing).rejects.toMatchObject({ code: 'store_unavailable' });
  await database.close();
});

test('When every connection is at work, Then whether the server answers is still found out at once', async () => {
  const database = await openStore<Tables>(await newDatabase(), { migrations, poolSize: 2 });
  const end = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const working = database.transaction(async (tables) => {
    await write(tables, 1, 'one');
    begun.resolve();
    await end.promise;
  });
  await begun.promise;
  const waiting = database.transaction((tables) => write(tables, 2, 'two'));

  await database.ping();

  end.resolve();
  await Promise.all([working, waiting]);
  expect(await notesIn(database.read)).toEqual(['one', 'two']);
  await database.close();
});

test('When many want a connection, Then no more than the pool has are open', async () => {
  const database = await openStore<Tables>(await newDatabase(), { migrations, poolSize: 3 });
  const connections = sql<{ count: number }>`
    select count(*) as count from pg_stat_activity where datname = current_database()`;

  const seen = await Promise.all(
    Array.from({ length: 30 }, () =>
      database.transaction(async (tables) => (await connections.execute(tables)).rows[0]?.count),
    ),
  );

  // The one that brought the schema up to date may still be on its way out.
  expect(Math.max(...seen.map(Number))).toBeLessThanOrEqual(4);
  expect(seen.every((count) => typeof count === 'number')).toBe(true);
  await database.close();
});
