import { ERASED_FINGERPRINT, type ErasureOfReferences, type IdempotencyKeys } from '@appointments/chassis';
import type { Kysely } from 'kysely';
import type { PaymentDatabase, PaymentTables } from './payment-store.ts';

export type ErasePayers = ReturnType<typeof createErasePayers>;

/**
 * Erases what is kept of payers: their names go to the gateway and are not stored, but the hash that tells a request from
 * another one was made with them.
 *
 * @returns erases what the payments under these references were made with, and says how many of them have a payment
 */
export function createErasePayers(database: PaymentDatabase, keys: Pick<IdempotencyKeys, 'erase'>) {
  function eraseOne(reference: string): Promise<boolean> {
    const erased = async (tables: Kysely<PaymentTables>) => {
      await keys.erase(tables, reference);
      const { numUpdatedRows } = await tables
        .updateTable('payments')
        .set({ fingerprint: ERASED_FINGERPRINT })
        .where('reference', '=', reference)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    };
    return database.transaction(erased, { subject: reference, repeatable: true });
  }

  return async function erasePayers({ references, last }: ErasureOfReferences): Promise<number> {
    const found = await Promise.all(references.map(eraseOne));
    if (last) await database.scrub();
    return found.filter(Boolean).length;
  };
}
