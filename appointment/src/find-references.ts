import type { Logger } from '@appointments/chassis';
import { limitTime } from 'durable-store/time-limit';
import type { Clients } from './peers.ts';

/** Finds bookings by an id that another service has given: none where it is no such id, or its service does not respond. */
export type FindReferences = (text: string | undefined) => Promise<string[]>;

// Operators wait for it, and find the rest without it.
const PATIENCE_MS = 1_000;
const APPOINTMENT_ID = /^\d{1,15}$/;
const PAYMENT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Asks the services which booking an appointment id or a payment id belongs to. */
export function createFindReferences({ reservations, payments }: Clients, logger: Logger): FindReferences {
  async function ask(text: string): Promise<string | undefined> {
    using patience = limitTime(PATIENCE_MS);
    if (APPOINTMENT_ID.test(text)) return await reservations.referenceOf(text, patience.signal);
    if (PAYMENT_ID.test(text)) return await payments.referenceOf(text.toLowerCase(), patience.signal);
    return undefined;
  }

  return async (text) => {
    const reference = await ask(text ?? '').catch((error: unknown) => {
      logger.warn('a booking cannot be looked up at its service', { error });
      return undefined;
    });
    return reference === undefined ? [] : [reference];
  };
}
