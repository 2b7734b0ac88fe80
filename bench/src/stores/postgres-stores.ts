import pg from 'pg';
import { SERVICE_NAMES, type ServiceName } from '../../../services.ts';
import { type Books, QUERIES } from './check-books.ts';

/** The stores of a stack in one PostgreSQL database, each in a schema of its own. */
export interface PostgresStores {
  urlOf(service: ServiceName): string;
  /** Waits until no booking is under way, or until a timeout. */
  untilEnded(patienceMs: number): Promise<void>;
  /** Checks the books of a stopped stack. */
  checkBooks(): Promise<Books>;
}

const LOOK_EVERY_MS = 50;

/** @param url of an empty database */
export async function createPostgresStores(url: string): Promise<PostgresStores> {
  await query(url, SERVICE_NAMES.map((service) => `create schema if not exists ${service}`).join(';'));
  const urlOf = (schema: string) => `${url}?options=${encodeURIComponent(`-c search_path=${schema}`)}`;
  const appointment = urlOf('appointment');
  const count = async (sql: string) => Number((await query(appointment, sql))[0]?.n);
  return {
    urlOf,
    async untilEnded(patienceMs) {
      const giveUpAt = performance.now() + patienceMs;
      while ((await count(QUERIES.unfinished)) > 0 && performance.now() < giveUpAt) {
        await new Promise((next) => setTimeout(next, LOOK_EVERY_MS));
      }
    },
    async checkBooks() {
      await query(
        appointment,
        `create or replace view live as select * from reservation.appointments where status = 'booked';
         create or replace view settled as select * from payment.payments where status in ('settled', 'refunding')`,
      );
      const counts = Object.entries(QUERIES).map(async ([name, sql]) => [name, await count(sql)]);
      return Object.fromEntries(await Promise.all(counts)) as unknown as Books;
    },
  };
}

async function query(url: string, sql: string): Promise<Array<{ n: string }>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
