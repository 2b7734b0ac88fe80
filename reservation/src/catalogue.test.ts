import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '@appointments/chassis';
import { temporaryFolder } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { presentDoctor, readCatalogue } from './catalogue.ts';
import { readConfig } from './config.ts';

const ANN = { name: 'Ann Lee', speciality: 'Surgery', fee: '10.50', slots: ['9.00am'] };

function catalogueOf(content: unknown) {
  using folder = temporaryFolder();
  const file = join(folder.path, 'doctors.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readCatalogue(file);
}

function problemsOf(content: unknown): readonly string[] {
  try {
    catalogueOf(content);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the catalogue was accepted');
}

test('When no file is named, Then the shipped one is read: a dozen doctors, John Doe among them', () => {
  const { doctors, find } = readConfig({}).DOCTORS_FILE;

  expect(doctors).toHaveLength(12);
  expect(find('John Doe')).toMatchObject({ name: 'John Doe', fee: 100_000 });
  expect(find('John Doe')?.slots[0]).toBe('3.00pm');
});

test.each(['john doe', 'JOHN DOE', 'John Doe', 'jOHN dOE'])('When %s is looked for, Then John Doe is found', (name) => {
  expect(readConfig({}).DOCTORS_FILE.find(name)?.name).toBe('John Doe');
});

test('When an accented name is spelled with combining marks or in capitals, Then it is found', () => {
  const { find } = catalogueOf([{ ...ANN, name: 'Élodie Ødegård' }]);

  for (const name of ['E\u0301lodie Ødega\u030Ard', 'ÉLODIE ØDEGÅRD']) expect(find(name)?.name).toBe('Élodie Ødegård');
  expect(find('Elodie Odegard')).toBeUndefined();
  expect(find('constructor')).toBeUndefined();
});

test.each([
  ['O’Neill', "o'neill"],
  ["O'Neill", 'O’NEILL'],
  ['Strauß', 'STRAUSS'],
  ['John Doe', 'John\u00a0 Doe'],
  ['ǰ', 'J̌'],
])('When %j is looked for as %j, Then the doctor is found', (name, typed) => {
  expect(catalogueOf([{ ...ANN, name }]).find(typed)?.name).toBe(name);
});

test('When two doctors differ in a letter only, Then each is found as spelled', () => {
  const { find } = catalogueOf([
    { ...ANN, name: 'Eva Strauß' },
    { ...ANN, name: 'Eva Strauss' },
  ]);

  expect(['eva strauß', 'EVA STRAUSS'].map((name) => find(name)?.name)).toEqual(['Eva Strauß', 'Eva Strauss']);
});

test('When slots are listed in any order, Then they are sorted by the time of the day', () => {
  const slots = ['12.00pm', '1.30pm', '9.00am', '12.15am', '11.59pm', '10.00am'];

  expect(catalogueOf([{ ...ANN, slots }]).doctors[0]?.slots).toEqual([
    '12.15am',
    '9.00am',
    '10.00am',
    '12.00pm',
    '1.30pm',
    '11.59pm',
  ]);
});

test('When a doctor is shown, Then the fee has two decimals again', () => {
  expect(catalogueOf([ANN]).doctors.map(presentDoctor)).toEqual([ANN]);
});

test('When many things are wrong, Then each is named by its place and none by its value', () => {
  const problems = problemsOf([
    { ...ANN, name: '', fee: '-5.123' },
    { ...ANN, name: 'Bob', slots: ['9.00am', '25.99pm', '09.00am'] },
    { ...ANN, name: 'Cid', slots: [] },
    { name: 'Dan' },
  ]);

  expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
    '[0.name]',
    '[0.fee]',
    '[1.slots.1]',
    '[1.slots.2]',
    '[2.slots]',
    '[3.speciality]',
    '[3.fee]',
    '[3.slots]',
  ]);
  expect(problems.join()).not.toMatch(/-5\.123|25\.99/);
});

test.each<[string, unknown]>([
  ['no list', { doctors: [ANN] }],
  ['empty', []],
  ['not JSON', '[{]'],
  ['naming a doctor twice', [ANN, { ...ANN, name: 'ANN LEE' }]],
  ['naming a time twice', [{ ...ANN, slots: ['9.00am', '9.00am'] }]],
  ['free of charge', [{ ...ANN, fee: '0.00' }]],
  ['with a fee that is a number', [{ ...ANN, fee: 10 }]],
  ['with an unknown member', [{ ...ANN, slot: '9.00am' }]],
])('When the file is %s, Then it is refused', (_what, content) => {
  expect(problemsOf(content).length).toBeGreaterThan(0);
});

test('When the file and other variables are wrong, Then all of it is listed at once', () => {
  expect(() => readConfig({ PORT: 'x', DOCTORS_FILE: '/no/such/file' })).toThrow(
    /PORT: .*\n {2}- DOCTORS_FILE: ENOENT/,
  );
});
