import { type IdempotencyTables, idempotencyKeysMigration } from '@appointments/chassis';
import { openStore, prepareQuery, type Store, valuesOf } from 'durable-store';
import type { Generated, Kysely, Selectable } from 'kysely';
import { paymentsMigration } from './migrations/001-payments.ts';
import { reversalRetriesMigration } from './migrations/003-reversal-retries.ts';
import { paymentTokensMigration } from './migrations/004-payment-tokens.ts';
import { cardholderActionsMigration } from './migrations/005-cardholder-actions.ts';
import type { PaymentStatus } from './payment-status.ts';

export interface PaymentTable {
  /** Increases with every row, for reading page by page. */
  sequence: Generated<number>;
  /** The Idempotency-Key of the request that made it, at the gateway as well. */
  reference: string;
  /** Null, as amount and card, where a refund came first. */
  payment_id: string | null;
  /** Minor units. */
  amount: number | null;
  /** All that is ever kept of a card number, PCI DSS 3.4. Null where a token stood in its place. */
  card_last_four: string | null;
  /** SHA-256 of the token, in base64url; tells a request with another token from a retry. */
  token_hash: string | null;
  status: PaymentStatus;
  /** Where the cardholder confirms the payment, where it has to be; it waits for that as long as it is pending. */
  action_url: string | null;
  decline_code: string | null;
  created_at: number;
  updated_at: number;
  /** How often its reversal has failed. */
  reversal_attempts: Generated<number>;
  /** When its reversal is tried again, in milliseconds since the epoch. */
  reversal_due_at: Generated<number>;
}

export interface PaymentTables extends IdempotencyTables {
  payments: PaymentTable;
}

export type Payment = Selectable<PaymentTable>;
export type PaymentDatabase = Store<PaymentTables>;
type Tables = Kysely<PaymentTables>;

const migrations = {
  '001-payments': paymentsMigration,
  '002-idempotency-keys': idempotencyKeysMigration,
  '003-reversal-retries': reversalRetriesMigration,
  '004-payment-tokens': paymentTokensMigration,
  '005-cardholder-actions': cardholderActionsMigration,
};

/** Opens the store of the payment service. */
export function openPaymentDatabase(url: string, poolSize?: number): Promise<PaymentDatabase> {
  return openStore<PaymentTables>(url, { migrations, poolSize });
}

const selectByReference = prepareQuery<PaymentTables, Pick<Payment, 'reference'>, Payment>((tables, value) =>
  tables.selectFrom('payments').selectAll().where('reference', '=', value('reference')),
);

export async function findPayment(tables: Tables, reference: string): Promise<Payment | undefined> {
  return (await selectByReference(tables, { reference })).rows[0];
}

/** The payment under a reference that must be in the ledger. */
export async function getPayment(tables: Tables, reference: string): Promise<Payment> {
  return inLedger(await findPayment(tables, reference));
}

const CARD = ['card_last_four', 'token_hash'] as const;
const NEW = ['reference', 'payment_id', 'amount', ...CARD, 'status', 'decline_code', 'created_at'] as const;

type NewPayment = Omit<Payment, 'sequence' | 'action_url' | 'reversal_attempts' | 'reversal_due_at'>;

const insertRow = prepareQuery<PaymentTables, NewPayment, Payment>((tables, value) =>
  tables
    .insertInto('payments')
    .values(valuesOf(value, [...NEW, 'updated_at']))
    .returningAll(),
);

export async function insertPayment(tables: Tables, payment: NewPayment): Promise<Payment> {
  return inLedger((await insertRow(tables, payment)).rows[0]);
}

type Changed = Pick<Payment, 'reference' | 'status' | 'decline_code' | 'action_url' | 'updated_at'>;

const updateRow = prepareQuery<PaymentTables, Changed, Payment>((tables, value) =>
  tables
    .updateTable('payments')
    .set(({ fn }) => ({
      ...valuesOf(value, ['status', 'updated_at']),
      // What was once said of a card stays.
      decline_code: fn.coalesce(value('decline_code'), 'decline_code'),
      action_url: fn.coalesce(value('action_url'), 'action_url'),
    }))
    .where('reference', '=', value('reference'))
    .returningAll(),
);

/** @returns the payment as it is now; its reference must be in the ledger */
export async function updatePayment(
  tables: Tables,
  reference: string,
  change: Pick<Payment, 'status' | 'updated_at'> & { decline_code?: string; action_url?: string },
): Promise<Payment> {
  return inLedger((await updateRow(tables, { decline_code: null, action_url: null, ...change, reference })).rows[0]);
}

function inLedger(payment: Payment | undefined): Payment {
  if (!payment) throw new Error('the ledger does not have a payment that it must have');
  return payment;
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
