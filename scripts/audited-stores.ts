import type { z } from 'zod';
import { BACKEND_NAMES, mapServicesAsync } from '../services.ts';

/** What the audit reads of anything that a backend keeps of a booking. */
export interface AuditedRow {
  /** The id of the booking. */
  reference: string;
  [member: string]: unknown;
}

/** What the audit has to know of the store of a backend: what its `audit.ts` exports as `audit`. */
export interface AuditedStore<Row extends AuditedRow = AuditedRow> {
  /** The step of a booking that makes its row. */
  step: string;
  /** The route that lists the rows, in pages. */
  path: string;
  schema: z.ZodType<Row>;
  /** What a row is called. */
  row: string;
  /** What a row is called that is live. */
  live: string;
  /** Whether it has its effect: not a tombstone, and not undone. */
  isLive(row: Row): boolean;
  /**
   * The member of a row, and of the reply to the client, that says which row it is. With it every confirmed booking must have
   * that row. Without it only a booking must whose log has the step as done: an earlier release did not have the step.
   */
  idInReply?: string;
}

/** How the store of each backend is audited. */
export const AUDITED = await mapServicesAsync(BACKEND_NAMES, async (name) => {
  const { audit }: { audit: AuditedStore } = await import(`../${name}/audit.ts`);
  return audit;
});
