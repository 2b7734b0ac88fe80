import { describe, expect, test } from 'vitest';
import { createSandboxGateway } from './sandbox-gateway.ts';

describe('charge', () => {
  test.each([
    ['4242424242424242', { status: 'settled' }],
    ['1234567', { status: 'settled' }],
    ['4000000000000002', { status: 'declined', declineCode: 'generic_decline' }],
    ['4000000000009995', { status: 'declined', declineCode: 'insufficient_funds' }],
    ['4000000000000119', { status: 'undecided' }],
  ])('When the card is %s, Then the result is %o', async (cardNum, expected) => {
    const request = { reference: 'a', amount: 100_000, cardNum, name: 'Thomas Colins' };
    expect(await createSandboxGateway().charge(request)).toEqual(expected);
  });
});
