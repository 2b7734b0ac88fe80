import type { Caller } from './access-file.ts';

/** Who acts on a booking by hand, and why; both are kept in its history. */
export interface Actor {
  by: string;
  reason?: string;
}

export const actorOf = ({ id }: Caller, reason?: string): Actor =>
  reason === undefined ? { by: id } : { by: id, reason };
