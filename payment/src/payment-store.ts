import { type IdempotencyTables, idempotencyKeysMigration } from '@appointments/chassis';
import { type SagaTables, sagaMigrations } from 'durable-saga';
import { openStore, prepareFind, prepareInsert, prepareUpdate, type Store } from 'durable-store';
import type { Generated, Kysely, Selectable } from 'kysely';
import { paymentsMigration } from './migrations/001-payments.ts';
import { reversalRetriesMigration } from './migrations/003-reversal-retries.ts';
import { paymentTokensMigration } from './migrations/004-payment-tokens.ts';
import { paymentFingerprintsMigration } from './migrations/006-payment-fingerprints.ts';
import { cardholderActionsMigration } from './migrations/007-cardholder-actions.ts';
import { gatewayEventsByReferenceMigration } from './migrations/010-gateway-events-by-reference.ts';
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
  /** Of the request that it was made with; null where it is only a tombstone, or from a release that kept none. */
  fingerprint: string | null;
  status: PaymentStatus;
  /** Where the cardholder confirms the payment, where the gateway wants that. */
  action_url: string | null;
  /** Since when it waits for its cardholder or its gateway; of one that is no longer pending, waited. */
  waiting_since: number | null;
  decline_code: string | null;
  created_at: number;
  updated_at: number;
  /** How often its reversal has failed. */
  reversal_attempts: Generated<number>;
  /** When its reversal is tried again, in milliseconds since the epoch. */
  reversal_due_at: Generated<number>;
}

/** What the sandbox's cardholders are asked, and decided. */
export interface SandboxChallengeTable {
  payment_id: string;
  reference: string;
  once_approved: 'settled' | 'insufficient_funds';
  /** `voided` where it is over without a decision. */
  decision: 'approved' | 'declined' | 'voided' | null;
}

export interface PaymentTables extends IdempotencyTables, SagaTables {
  payments: PaymentTable;
  /** What the gateway has told, by `webhook-id`. */
  gateway_events: { id: string; reference: string; type: string; received_at: number };
  sandbox_challenges: SandboxChallengeTable;
}

export type Payment = Selectable<PaymentTable>;
export type PaymentDatabase = Store<PaymentTables>;
type Tables = Kysely<PaymentTables>;

const migrations = {
  '001-payments': paymentsMigration,
  '002-idempotency-keys': idempotencyKeysMigration,
  '003-reversal-retries': reversalRetriesMigration,
  '004-payment-tokens': paymentTokensMigration,
  '006-payment-fingerprints': paymentFingerprintsMigration,
  '007-cardholder-actions': cardholderActionsMigration,
  '008-sagas': sagaMigrations['sagas-001'],
  '009-sagas-of-any-version': sagaMigrations['sagas-002'],
  '010-gateway-events-by-reference': gatewayEventsByReferenceMigration,
};

/** Opens the store of the payment service. */
export function openPaymentDatabase(url: string, poolSize?: number): Promise<PaymentDatabase> {
  return openStore<PaymentTables>(url, { migrations, poolSize });
}

const findByReference = prepareFind<Payment, 'reference'>('payments', { key: ['reference'] });

export async function findPayment(tables: Tables, reference: string): Promise<Payment | undefined> {
  return (await findByReference(tables, { reference }))[0];
}

export function findPaymentById(tables: Tables, paymentId: string): Promise<Payment | undefined> {
  return tables.selectFrom('payments').selectAll().where('payment_id', '=', paymentId).executeTakeFirst();
}

/** The payment under a reference that must be in the ledger. */
export async function getPayment(tables: Tables, reference: string): Promise<Payment> {
  return inLedger(await findPayment(tables, reference));
}

const CARD = ['card_last_four', 'token_hash', 'fingerprint'] as const;
const NEW = [
  'reference',
  'payment_id',
  'amount',
  ...CARD,
  'status',
  'decline_code',
  'created_at',
  'updated_at',
] as const;
const CHANGING = ['status', 'decline_code', 'action_url', 'waiting_since', 'updated_at'] as const;

type NewPayment = Pick<Payment, (typeof NEW)[number]>;
type Change = Pick<Payment, 'status' | 'updated_at'> & Partial<Pick<Payment, (typeof CHANGING)[number]>>;

/** Inserts a payment; resolves to undefined where the ledger has the reference already. */
export const insertPayment = prepareInsert<NewPayment>('payments', NEW, ['reference']);

const updateRow = prepareUpdate<Payment, 'reference', (typeof CHANGING)[number]>('payments', CHANGING, {
  key: ['reference'],
});

/**
 * Changes a payment.
 *
 * @param payment as it was read in this transaction, whose subject is its reference; what was said of it once stays
 * @returns the payment as it is now
 */
export async function updatePayment(tables: Tables, payment: Payment, change: Change): Promise<Payment> {
  const changed = { ...payment, ...change };
  await updateRow(tables, changed);
  return changed;
}

/** Keeps what the request was that a tombstone, or a payment of an earlier release, is to be compared with later. */
export async function keepFingerprint(tables: Tables, reference: string, fingerprint: string): Promise<void> {
  await tables.updateTable('payments').set({ fingerprint }).where('reference', '=', reference).execute();
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
