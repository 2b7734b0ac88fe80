import { type Database, type IdempotencyTables, idempotencyKeysMigration, openDatabase } from '@appointments/chassis';
import type { Generated, Insertable, Kysely, Selectable, Updateable } from 'kysely';
import { paymentsMigration } from './migrations/001-payments.ts';
import type { PaymentStatus } from './payment.ts';

export interface PaymentTable {
  /** Increases with every row, for reading page by page. */
  sequence: Generated<number>;
  /** The Idempotency-Key of the request that made it, at the gateway as well. */
  reference: string;
  /** Null, as amount and card, where a refund came first. */
  payment_id: string | null;
  /** Minor units. */
  amount: number | null;
  /** All that is ever kept of a card number, PCI DSS 3.4. */
  card_last_four: string | null;
  status: PaymentStatus;
  decline_code: string | null;
  created_at: number;
  updated_at: number;
}

export interface PaymentTables extends IdempotencyTables {
  payments: PaymentTable;
}

export type Payment = Selectable<PaymentTable>;
export type PaymentDatabase = Database<PaymentTables>;
type Tables = Kysely<PaymentTables>;

const migrations = {
  '001-payments': paymentsMigration,
  '002-idempotency-keys': idempotencyKeysMigration,
};

/** Opens the store of the payment service. */
export function openPaymentDatabase(url: string, poolSize?: number): Promise<PaymentDatabase> {
  return openDatabase<PaymentTables>(url, migrations, poolSize);
}

export function findPayment(tables: Tables, reference: string): Promise<Payment | undefined> {
  return tables.selectFrom('payments').selectAll().where('reference', '=', reference).executeTakeFirst();
}

/** The payment under a reference that must be in the ledger. */
export function getPayment(tables: Tables, reference: string): Promise<Payment> {
  return tables.selectFrom('payments').selectAll().where('reference', '=', reference).executeTakeFirstOrThrow();
}

export function insertPayment(tables: Tables, payment: Insertable<PaymentTable>): Promise<Payment> {
  return tables.insertInto('payments').values(payment).returningAll().executeTakeFirstOrThrow();
}

/** @returns the payment as it is now; its reference must be in the ledger */
export function updatePayment(
  tables: Tables,
  reference: string,
  changes: Pick<Updateable<PaymentTable>, 'status' | 'decline_code'> & { updated_at: number },
): Promise<Payment> {
  return tables
    .updateTable('payments')
    .set(changes)
    .where('reference', '=', reference)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** @param after only payments with a higher sequence number */
export function listPayments(tables: Tables, after: number, limit: number): Promise<Payment[]> {
  return tables
    .selectFrom('payments')
    .selectAll()
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(limit)
    .execute();
}

/** The payments whose reversal was begun and is not known to have ended, the oldest first. */
export function listUnfinishedReversals(tables: Tables, limit: number): Promise<Payment[]> {
  return tables
    .selectFrom('payments')
    .selectAll()
    .where('status', 'in', ['voiding', 'refunding'])
    .orderBy('sequence')
    .limit(limit)
    .execute();
}
