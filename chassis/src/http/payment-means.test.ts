import { expect, test } from 'vitest';
import { withPaymentMeans } from './payment-means.ts';

const means = withPaymentMeans({});

test.each([
  '4242424242424242',
  '4242-4242-4242-4242',
  '4242.4242.4242.4242',
  '4539_5787_6362_1486',
  '4539/5787/6362/1486',
  'tok_4242424242424242',
  'tok-4539-5787-6362-1486',
])('When %s is given for a token, Then it is refused by its name and not echoed', (paymentToken) => {
  const { error } = means.safeParse({ paymentToken });

  expect(error?.issues).toMatchObject([{ path: ['paymentToken'], message: 'must not be a card number' }]);
  expect(JSON.stringify(error?.issues.map(({ message }) => message))).not.toContain('42');
});

test.each(['tok_visa', 'tok_1MzxYzLkdIwHu7ix', 'pm_card_threeDSecure', 'src_4242'])(
  'When %s is given, Then it is a token',
  (paymentToken) => {
    expect(means.parse({ paymentToken })).toEqual({ paymentToken });
  },
);
