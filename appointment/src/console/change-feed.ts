/** What the feed tells one change from another by. */
export interface ChangingRow {
  id: string;
  status: string;
  /** Milliseconds since the epoch. */
  updatedAt: number;
}

/** What has changed since the last look. */
export interface Changes<Row extends ChangingRow = ChangingRow> {
  /** The latest change first. */
  rows: readonly Row[];
  /** Whether there was more than `rows` has: a listener for one booking then has to read it itself. */
  flood: boolean;
}

export interface ChangeFeedOptions<Row extends ChangingRow> {
  /** What has changed after a time, the latest change first. */
  readChanges: (after: number, limit: number) => Promise<Row[]>;
  everyMs?: number;
  now: () => number;
  failed?: (error: unknown) => void;
}

export type ChangeFeed<Row extends ChangingRow> = ReturnType<typeof createChangeFeed<Row>>;

// A change is stamped before it is committed, and on another replica by another clock.
const OVERLAP_MS = 5_000;
const MAX_CHANGES = 200;

const versionOf = ({ updatedAt, status }: ChangingRow) => `${updatedAt} ${status}`;

/** Looks for changes in the store, once a second for all listeners together and never while there are none. */
export function createChangeFeed<Row extends ChangingRow>({
  readChanges,
  everyMs = 1_000,
  now,
  failed = () => {},
}: ChangeFeedOptions<Row>) {
  const listeners = new Set<(changes: Changes<Row>) => void>();
  let seen = new Map<string, string>();
  let lookedAt = 0;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const at = now();
    const rows = await readChanges(lookedAt - OVERLAP_MS, MAX_CHANGES);
    const fresh = rows.filter((row) => seen.get(row.id) !== versionOf(row));
    seen = new Map(rows.map((row) => [row.id, versionOf(row)]));
    lookedAt = at;
    const changes = { rows: fresh, flood: rows.length === MAX_CHANGES };
    for (const listener of listeners) listener(changes);
  }

  function lookAgain(): void {
    timer = setTimeout(() => {
      look()
        .catch(failed)
        .finally(() => {
          if (listeners.size > 0) lookAgain();
          else timer = undefined;
        });
    }, everyMs);
  }

  return {
    /**
     * @param listener called at every look, also when nothing has changed
     * @returns what ends it
     */
    subscribe(listener: (changes: Changes<Row>) => void): () => void {
      listeners.add(listener);
      if (timer === undefined) {
        lookedAt = now();
        lookAgain();
      }
      return () => listeners.delete(listener);
    },
    /** What a listener has missed that was last called at `after`. */
    async missedSince(after: number): Promise<Changes<Row>> {
      const rows = await readChanges(after - OVERLAP_MS, MAX_CHANGES);
      return { rows, flood: rows.length === MAX_CHANGES };
    },
  };
}
