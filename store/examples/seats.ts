import { type Migration, openStore } from 'durable-store';

interface Tables {
  seats: { number: number; guest: string };
}

const seats: Migration = {
  up: (db) => db.schema.createTable('seats').addColumn('number', 'integer').addColumn('guest', 'text').execute(),
};

const store = await openStore<Tables>('sqlite:./data/seats.db', { migrations: { '001-seats': seats } });

function takeSeat(guest: string): Promise<number> {
  return store.transaction(
    async (tables) => {
      const taken = await tables.selectFrom('seats').select('number').execute();
      await tables
        .insertInto('seats')
        .values({ number: taken.length + 1, guest })
        .execute();
      return taken.length + 1;
    },
    { subject: 'seats' },
  );
}

console.log(await Promise.all(['Ann', 'Bob', 'Cleo'].map(takeSeat)));
await store.close();
// [ 1, 2, 3 ]
