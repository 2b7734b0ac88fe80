import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bookingBody, bookingsQuery, maskCard, resolutionBody } from './schema.ts';

const REQUEST = { name: 'Thomas Colins', doctor: 'John Doe', date: '30-09-2019', cardNum: '1234567' };

describe('bookingBody', () => {
  test('When it is the guide request, Then it parses to itself', () => {
    expect(bookingBody.parse(REQUEST)).toEqual(REQUEST);
  });

  test('When there are more members, Then they are dropped', () => {
    expect(bookingBody.parse({ ...REQUEST, amount: '0.01' })).toEqual(REQUEST);
  });

  test('When there are spaces and dashes between the digits of a card, Then the digits alone count', () => {
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 7, maxLength: 19 });
    const separators = fc.array(fc.constantFrom('', ' ', '-', ' - '), { minLength: 18, maxLength: 18 });
    fc.assert(
      fc.property(digits, separators, (card, between) => {
        const cardNum = card.map((digit, index) => `${index > 0 ? between[index - 1] : ''}${digit}`).join('');
        expect(bookingBody.parse({ ...REQUEST, cardNum }).cardNum).toBe(card.join(''));
      }),
    );
  });
});

describe('resolutionBody', () => {
  test.each(['nothing', 'constructor'])('When no service does the step %s, Then any result will do', (step) => {
    const resolution = { step, outcome: 'done', result: { answer: 'any' }, reason: 'By hand.' };
    expect(resolutionBody.parse(resolution)).toEqual(resolution);
  });
});

describe('bookingsQuery', () => {
  test('When nothing is asked for, Then a page has fifty', () => {
    expect(bookingsQuery.parse({})).toEqual({ limit: 50 });
  });
});

describe('maskCard', () => {
  test('When it has the last four digits, Then it shows them behind dots', () => {
    expect(maskCard('4567')).toBe('•••• 4567');
  });
});
