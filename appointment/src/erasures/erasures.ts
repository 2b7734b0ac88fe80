import { randomUUIDv7 } from 'node:crypto';
import { isEnded, type SagaRecord, type Sagas } from 'durable-saga';
import { limitTime } from 'durable-store/time-limit';
import type { Actor } from '../access/actor.ts';
import type { AppointmentTables } from '../booking-store.ts';
import { erasureNotFound } from '../problems.ts';
import { ERASURE_SAGA, type Erased, type ErasePatient, type ErasureInput, NONE_ERASED } from './erase-patient.ts';
import { insertErasureName } from './erasure-store.ts';

export interface ErasuresDependencies {
  sagas: Sagas<AppointmentTables>;
  erasePatient: ErasePatient;
  /** How long an operator is made to wait for the end, in milliseconds. */
  deadlineMs: number;
}

export type Erasures = ReturnType<typeof createErasures>;

/** Erasures of patients, as operators ask for them. */
export function createErasures({ sagas, erasePatient, deadlineMs }: ErasuresDependencies) {
  /**
   * Begins to erase a name, and waits for the end where that does not take too long.
   *
   * @param actor who wants it, and why; both are kept
   */
  async function start(name: string, { by, reason = '' }: Actor) {
    // Unlike a booking's id, which is a UUID: see `isBookingId`.
    const id = `erasure_${randomUUIDv7()}`;
    const handle = await sagas.start(erasePatient, {
      id,
      input: { by, reason },
      inTransaction: (tables) => insertErasureName(tables, id, name),
    });
    using deadline = limitTime(deadlineMs);
    await handle.rested(deadline).catch(() => {});
    return find(id);
  }

  /** @throws Problem 404 `erasure_not_found` */
  async function find(id: string) {
    const saga = await sagas.find(id);
    if (saga?.name !== ERASURE_SAGA) throw erasureNotFound();
    return presentErasure(saga);
  }

  /** The newest first. */
  async function list({ limit, cursor }: { limit: number; cursor?: string | undefined }) {
    const page = await sagas.list({ name: ERASURE_SAGA, limit, ...(cursor !== undefined && { cursor }) });
    return { items: page.items.map(presentErasure), nextCursor: page.nextCursor };
  }

  return { start, find, list };
}

/** An erasure as the API shows one: without the name. */
function presentErasure(saga: SagaRecord) {
  const { by, reason } = saga.input as ErasureInput;
  const ended = isEnded(saga);
  const { remaining = null, ...erased } = (saga.result ?? {}) as Partial<Erased>;
  return {
    id: saga.id,
    status: ended ? ('done' as const) : ('running' as const),
    by,
    reason,
    createdAt: new Date(saga.createdAt).toISOString(),
    endedAt: ended ? new Date(saga.updatedAt).toISOString() : null,
    // An erasure of an earlier release has no count of a service that came later.
    erased: saga.result === null ? null : { ...NONE_ERASED, ...erased },
    remaining,
    waitsFor: ended ? null : (saga.reason?.code ?? null),
  };
}
