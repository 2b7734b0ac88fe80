import { describe, expect, test } from 'vitest';
import { GUIDE_REQUEST, startStack } from './appointment-stack.ts';
import { onlyFirst, onlyPosts } from './interferences.ts';
import { duplicateResponse, swapResponses } from './mixed-up-responses.ts';

const DECLINED = '4000000000000002';
const BOOKINGS = [
  { ...GUIDE_REQUEST, date: '01-10-2019' },
  { ...GUIDE_REQUEST, date: '02-10-2019', cardNum: DECLINED },
];
const TWO_GOOD = BOOKINGS.map((booking) => ({ ...booking, cardNum: GUIDE_REQUEST.cardNum }));

describe.concurrent.each([
  ['swaps the responses of two calls', swapResponses],
  ['sends two calls the same response', duplicateResponse],
])('When something on the way %s', (_what, mixUp) => {
  test.each([
    ['payment, one of them a no', 'payment', BOOKINGS, [200, 402]],
    ['payment, both of them a yes', 'payment', TWO_GOOD, [200, 200]],
    ['reservation', 'reservation', TWO_GOOD, [200, 200]],
  ] as const)(
    'to %s, Then every client is told what became of its own booking',
    async (_which, peer, bookings, told) => {
      await using stack = await startStack();
      stack[peer].interfere(onlyPosts(onlyFirst(bookings.length, mixUp())));

      const replies = await Promise.all(bookings.map((booking) => stack.book(booking)));

      expect(replies.map(({ status }) => status)).toEqual(told);
      for (const [index, { status, json, headers }] of replies.entries()) {
        const payment = await stack.ledgerEntry(headers.get('location') as string);
        expect(payment.payment_status === 'settled', payment.payment_status).toBe(status === 200);
        if (status === 200) expect(json).toMatchObject({ payment_id: payment.payment_id, date: bookings[index]?.date });
      }
      await stack.keeps(told.filter((status) => status === 200).length);
      expect(stack[peer].posts().length).toBeGreaterThan(bookings.length);
    },
  );
});
