/** What the feed tells one change from another by. */
export interface ChangingRow {
  id: string;
  status: string;
  /** Milliseconds since the epoch. */
  updatedAt: number;
}

/** What has changed since the last poll. */
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

/** Polls the store for changes, once a second for all listeners together and never while there are none. */
export function createChangeFeed<Row extends ChangingRow>({
  readChanges,
  everyMs = 1_000,
  now,
  failed = () => {},
}: ChangeFeedOptions<Row>) {
  const listeners = new Set<(changes: Changes<Row>) => void>();
  let seen = new Map<string, string>();
  let polledAt = 0;
  let timer: NodeJS.Timeout | undefined;

  async function poll(): Promise<void> {
    const at = now();
    const rows = await readChanges(polledAt - OVERLAP_MS, MAX_CHANGES);
    const fresh = rows.filter((row) => seen.get(row.id) !== versionOf(row));
    seen = new Map(rows.map((row) => [row.id, versionOf(row)]));
    polledAt = at;
    const changes = { rows: fresh, flood: rows.length === MAX_CHANGES };
    for (const listener of listeners) listener(changes);
  }

  function pollAgain(): void {
    timer = setTimeout(() => {
      poll()
        .catch(failed)
        .finally(() => {
          if (listeners.size > 0) pollAgain();
          else timer = undefined;
        });
    }, everyMs);
  }

  return {
    /**
     * @param listener called at every poll, also when nothing has changed
     * @returns what ends it
     */
    subscribe(listener: (changes: Changes<Row>) => void): () => void {
      listeners.add(listener);
      if (timer === undefined) {
        polledAt = now();
        pollAgain();
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
