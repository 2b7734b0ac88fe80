import type { Kysely } from 'kysely';

// biome-ignore lint/suspicious/noExplicitAny: whatever its tables.
type AnyTables = Kysely<any>;

/** A query that is run for one row, or at once for several whose keys differ. */
export interface RowQuery<Values extends object, Row> {
  /** The columns that say which of the returned rows belong to whom; all of them are texts. */
  readonly key: readonly string[];
  one(tables: AnyTables, values: Values): Promise<readonly Row[]>;
  many(tables: AnyTables, values: readonly Values[]): Promise<readonly Row[]>;
}

interface Asked {
  readonly values: object;
  resolve(rows: readonly never[]): void;
  reject(error: unknown): void;
}

const gatherings = new WeakMap<AnyTables, Gathering>();

/** Runs a query, together with the same query of others on the connection where those are gathered. */
export function runGathered<Values extends object, Row>(
  query: RowQuery<Values, Row>,
  tables: AnyTables,
  values: Values,
): Promise<readonly Row[]> {
  const gathering = gatherings.get(tables);
  return gathering ? gathering.ask(query, values) : query.one(tables, values);
}

/** Gathers the queries on a kysely's connection: those that come in the same turn of the event loop are one statement. */
export function gatherOn(tables: AnyTables): Gathering {
  const gathering = new Gathering(tables);
  gatherings.set(tables, gathering);
  return gathering;
}

export class Gathering {
  readonly #tables: AnyTables;
  readonly #asked = new Map<RowQuery<object, never>, Asked[]>();

  constructor(tables: AnyTables) {
    this.#tables = tables;
  }

  ask<Values extends object, Row>(query: RowQuery<Values, Row>, values: Values): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      // All whom one result has woken have asked for the next thing by then.
      if (this.#asked.size === 0) process.nextTick(() => this.send());
      const asked = this.#asked.get(query as never) ?? [];
      asked.push({ values, resolve, reject });
      this.#asked.set(query as never, asked);
    });
  }

  /** Sends what was asked so far, in the order in which it was first asked. */
  send(): void {
    const asked = [...this.#asked];
    this.#asked.clear();
    for (const [query, questions] of asked) this.#run(query, questions);
  }

  #run(query: RowQuery<object, never>, questions: readonly Asked[]): void {
    const byKey = new Map<string, Asked>();
    const again: Asked[] = [];
    for (const question of questions) {
      const key = keyOf(query, question.values);
      if (byKey.has(key)) again.push(question);
      else byKey.set(key, question);
    }
    const alone = byKey.size > 1 ? again : questions;
    if (byKey.size > 1) void this.#runTogether(query, byKey);
    for (const { values, resolve, reject } of alone) query.one(this.#tables, values).then(resolve, reject);
  }

  async #runTogether(query: RowQuery<object, never>, questions: ReadonlyMap<string, Asked>): Promise<void> {
    try {
      const rows = await query.many(
        this.#tables,
        Array.from(questions.values(), ({ values }) => values),
      );
      const found = Map.groupBy(rows, (row) => keyOf(query, row));
      for (const [key, { resolve }] of questions) resolve(found.get(key) ?? []);
    } catch (error) {
      for (const { reject } of questions.values()) reject(error);
    }
  }
}

const keyOf = ({ key }: RowQuery<object, never>, row: object): string =>
  JSON.stringify(key.map((column) => row[column as keyof typeof row]));
