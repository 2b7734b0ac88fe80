import type { SagaStatus } from './status.ts';
import type { Tables } from './tables.ts';

/** A definition that the log needs and this process was not given. */
export interface MissingDefinition {
  readonly name: string;
  readonly version: number;
  /** Whether sagas of it have not ended: no worker here claims them. */
  readonly unfinished: boolean;
  /** Whether sagas of it have completed: nobody here can cancel them. */
  readonly cancellable: boolean;
}

const UNFINISHED: readonly SagaStatus[] = ['pending', 'waiting', 'compensating', 'stuck', 'paused'];

/**
 * Looks for sagas that this process can neither run nor cancel. The cost grows with the number of definitions, not of
 * sagas.
 */
export async function findMissingDefinitions(
  tables: Tables,
  isKnown: (name: string, version: number) => boolean,
): Promise<MissingDefinition[]> {
  const missing: MissingDefinition[] = [];
  for (let last = { name: '', version: 0 }; ; ) {
    const next = await findNext(tables, last);
    if (!next) return missing;
    last = next;
    if (isKnown(next.name, next.version)) continue;
    const unfinished = await hasAny(tables, next, UNFINISHED);
    const cancellable = await hasAny(tables, next, ['completed']);
    if (unfinished || cancellable) missing.push({ ...next, unfinished, cancellable });
  }
}

interface NameAndVersion {
  name: string;
  version: number;
}

function findNext(tables: Tables, last: NameAndVersion): Promise<NameAndVersion | undefined> {
  return tables
    .selectFrom('sagas')
    .select(['name', 'version'])
    .where(({ eb, refTuple, tuple }) => eb(refTuple('name', 'version'), '>', tuple(last.name, last.version)))
    .orderBy('name')
    .orderBy('version')
    .limit(1)
    .executeTakeFirst();
}

async function hasAny(
  tables: Tables,
  { name, version }: NameAndVersion,
  statuses: readonly SagaStatus[],
): Promise<boolean> {
  const found = await tables
    .selectFrom('sagas')
    .select('id')
    .where('name', '=', name)
    .where('version', '=', version)
    .where('status', 'in', statuses)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}
