import type { AnySaga, AnyStep, SagaDefinition, SagaRecord } from '../src/index.ts';
import { cancelled } from '../src/moves.ts';
import { needsUndo } from '../src/record.ts';
import { isSettled, readStoredLog } from './read-stored-log.ts';
import { replayStoredLog } from './replay-stored-log.ts';

/** Why a stored saga and today's definitions do not fit together. */
export interface StoredLogProblem {
  /** The saga's. */
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** `finish`: it would be stuck, or end other than it would have. `cancel`: it could not be rolled back. */
  readonly prevents: 'finish' | 'cancel';
  /**
   * `definition_unknown`, `step_unknown`, `undo_unknown`, `function_changed`, or that of the error which the function
   * throws when it is replayed.
   */
  readonly code: string;
  /** The name that the log has; null where no single step is the reason. */
  readonly step: string | null;
  /** What the function throws. */
  readonly error?: unknown;
}

/**
 * Checks, before a deploy, whether sagas that earlier versions have stored could be finished and cancelled by these
 * definitions. No step, undo or hook is called; the function of a saga that has not ended is replayed as far as its log
 * goes.
 *
 * @param definitions all that the new version is given
 * @param logs `SagaRecord`s, such as `sagas.list()` returns, or rows of the table `sagas`, from a fixture
 * @returns what does not fit; nothing where all does
 * @throws SagaMisuse `not_a_log`
 */
export async function checkStoredLogs(
  definitions: readonly AnySaga[],
  logs: readonly object[],
): Promise<StoredLogProblem[]> {
  const all = definitions as unknown as readonly SagaDefinition[];
  const problems: StoredLogProblem[] = [];
  for (const record of logs.map(readStoredLog)) {
    if (isSettled(record)) continue;
    const { id, name, version } = record;
    const definition = all.find((one) => one.name === name && one.version === version);
    const found = definition ? await checkAgainst(definition, record) : [unknownDefinition(record)];
    problems.push(...found.map((problem) => ({ id, name, version, ...problem })));
  }
  return problems;
}

type Finding = Omit<StoredLogProblem, 'id' | 'name' | 'version'>;

const unknownDefinition = ({ status }: SagaRecord): Finding => ({
  prevents: status === 'completed' ? 'cancel' : 'finish',
  code: 'definition_unknown',
  step: null,
});

async function checkAgainst(definition: SagaDefinition, record: SagaRecord): Promise<Finding[]> {
  const unknown = missing(definition, record);
  if (record.goal !== 'complete') return unknown.map((one) => ({ prevents: 'finish', ...one }));
  if (record.status === 'completed') return unknown.map((one) => ({ prevents: 'cancel', ...one }));
  const undeclared = record.steps.filter(({ kind, name }) => kind === undefined && !definition.steps.has(name));
  const findings: Finding[] = [
    ...undeclared.map(({ name }) => ({ prevents: 'finish' as const, code: 'step_unknown', step: name })),
    ...unknown.map((one) => ({ prevents: 'cancel' as const, ...one })),
  ];
  if (undeclared.length > 0) return findings;
  const replayed = await replayStoredLog(definition, record);
  return replayed ? [...findings, { prevents: 'finish', ...replayed }] : findings;
}

/** The steps that a rollback would have to undo, and cannot. */
function missing({ steps }: SagaDefinition, record: SagaRecord): Array<Pick<Finding, 'code' | 'step'>> {
  return (rolledBack(record)?.steps ?? []).filter(needsUndo).flatMap(({ name, kind }) => {
    // The engine itself cancels a saga that this one has started.
    if (kind !== undefined) return [];
    const step: AnyStep | undefined = steps.get(name);
    if (step?.undo) return [];
    return [{ code: step ? 'undo_unknown' : 'step_unknown', step: name }];
  });
}

/** The saga on its way back; undefined where its own log forbids that. */
function rolledBack(record: SagaRecord): SagaRecord | undefined {
  if (record.goal !== 'complete') return record;
  try {
    return cancelled(record, record.updatedAt);
  } catch {
    return undefined;
  }
}
