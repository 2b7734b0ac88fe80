import { expect, test } from 'vitest';
import { createSlots, requestFor } from './booking-requests.ts';

const doctors = [
  { name: 'A', fee: '10.00', slots: ['8.00am', '9.00am', '10.00am'] },
  { name: 'B', fee: '20.50', slots: ['3.00pm', '4.00pm'] },
];

test('When each number is taken once, Then no slot is taken twice and a day is full before the next begins', () => {
  const slotAt = createSlots(doctors);

  const slots = Array.from({ length: 15 }, (_, number) => slotAt(number));

  const names = slots.map(({ doctor, date, time }) => `${doctor.name} ${date} ${time}`);
  expect(new Set(names).size).toBe(15);
  expect(slots.map(({ date }) => date)).toEqual(
    ['01-01-1900', '02-01-1900', '03-01-1900'].flatMap((date) => Array(5).fill(date)),
  );
});

test('When a catalogue cannot be spread evenly, Then it fails instead of leaving slots out', () => {
  const slots = Array.from({ length: 29 }, (_, index) => `${index}`);

  expect(() => createSlots([{ name: 'A', fee: '1.00', slots }])).toThrow('29');
});

test('When a slot is asked for, Then the request has the four members of the guide', () => {
  const request = JSON.parse(requestFor(createSlots(doctors)(0)));

  expect(request).toEqual({
    name: 'Thomas Colins',
    doctor: 'A',
    date: '01-01-1900',
    cardNum: expect.stringMatching(/^\d{16}$/),
  });
});
