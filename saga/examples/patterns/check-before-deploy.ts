import type { AnySaga, Sagas } from '../../src/index.ts';
import { checkStoredLogs, type StoredLogProblem } from '../../testing/index.ts';

/**
 * Finds the stored sagas that a release could not finish or cancel.
 *
 * @param sagas over the store of today's release, or a copy of it
 * @param definitions all that the release is given
 */
export async function findProblems(sagas: Sagas, definitions: readonly AnySaga[]): Promise<StoredLogProblem[]> {
  const problems: StoredLogProblem[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await sagas.list({ limit: 200, ...(cursor !== undefined && { cursor }) });
    problems.push(...(await checkStoredLogs(definitions, page.items)));
    cursor = page.nextCursor;
  }
  return problems;
}
