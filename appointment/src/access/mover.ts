import type { Mover } from 'durable-saga';
import type { Caller } from './access-file.ts';

/** Who is written into the history of what an operator moves, and why. */
export const moverOf = ({ id }: Caller, reason?: string): Mover =>
  reason === undefined ? { by: id } : { by: id, reason };
