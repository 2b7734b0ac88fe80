import { expect, test } from 'vitest';
import { openPaymentDatabase } from '../payment-store.ts';
import { createSandboxGateway } from './sandbox-gateway.ts';

test.each([
  ['4242424242424242', { status: 'settled' }],
  ['1234567', { status: 'settled' }],
  ['4000000000000002', { status: 'declined', declineCode: 'generic_decline' }],
  ['4000000000009995', { status: 'declined', declineCode: 'insufficient_funds' }],
  ['4000000000000119', { status: 'undecided' }],
])('When the card is %s, Then the result of its charge is %o', async (cardNum, expected) => {
  const database = await openPaymentDatabase('memory:');
  const gateway = createSandboxGateway({ database, publicUrl: 'https://pay.example' });
  expect(await gateway.charge({ reference: 'a', amount: 100_000, cardNum, name: 'Thomas Colins' })).toEqual(expected);
  await database.close();
});
