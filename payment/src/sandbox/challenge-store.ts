import type { Kysely, Selectable } from 'kysely';
import type { ChargeDecision } from '../gateway.ts';
import { getPayment, type PaymentTables, type SandboxChallengeTable } from '../payment-store.ts';

type Tables = Kysely<PaymentTables>;

/** What the sandbox asks a cardholder. */
export type Challenge = Selectable<SandboxChallengeTable>;

/** Asks the cardholder of a payment, or finds that it has been asked. */
export async function openChallenge(
  tables: Tables,
  reference: string,
  once_approved: Challenge['once_approved'],
): Promise<Challenge> {
  const { payment_id } = await getPayment(tables, reference);
  await tables
    .insertInto('sandbox_challenges')
    .values({ payment_id: String(payment_id), reference, once_approved, decision: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return tables
    .selectFrom('sandbox_challenges')
    .selectAll()
    .where('reference', '=', reference)
    .executeTakeFirstOrThrow();
}

export function findChallenge(
  tables: Tables,
  column: 'payment_id' | 'reference',
  value: string,
): Promise<Challenge | undefined> {
  return tables.selectFrom('sandbox_challenges').selectAll().where(column, '=', value).executeTakeFirst();
}

/** Ends a challenge; the first decision counts. */
export async function decideChallenge(
  tables: Tables,
  reference: string,
  decision: NonNullable<Challenge['decision']>,
): Promise<void> {
  await tables
    .updateTable('sandbox_challenges')
    .set({ decision })
    .where('reference', '=', reference)
    .where('decision', 'is', null)
    .execute();
}

/** What a challenge makes of the charge; undefined while nobody has decided. */
export function decisionOf({ decision, once_approved }: Challenge): ChargeDecision | undefined {
  switch (decision) {
    case null:
      return undefined;
    case 'approved':
      return once_approved === 'settled' ? { status: 'settled' } : { status: 'declined', declineCode: once_approved };
    case 'declined':
      return { status: 'declined', declineCode: 'authentication_failed' };
    case 'voided':
      return { status: 'declined', declineCode: 'voided' };
  }
}
