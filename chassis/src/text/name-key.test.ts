import { expect, test } from 'vitest';
import { formerNameKey, nameKey } from './name-key.ts';

test.each([
  ["O'Neill", 'O’Neill'],
  ["O'Neill", 'Oʼneill'],
  ["O'Neill", 'O`NEILL'],
  ["O'Neill", 'O´Neill'],
  ['Strauß', 'STRAUSS'],
  ['Strauß', 'strauss'],
  ['Straẞe', 'strasse'],
  ['John Doe', 'John\u00a0Doe'],
  ['John Doe', 'John  Doe'],
  ['John Doe', ' john \t doe '],
  ['John Doe', 'Ｊｏｈｎ　Ｄｏｅ'],
  ['John Doe', 'John\u200b Doe\u2069'],
  ['ǰ', 'J̌'],
  ['ǰ', 'ǰ'],
  ['Élodie', 'e\u0301lodie'],
  ['ΣΩΚΡΑΤΗΣ', 'Σωκράτης'.normalize('NFD').replace('\u0301', '')],
  ['Smith-Jones', 'Smith‑Jones'],
  ['Smith-Jones', 'Smith–Jones'],
  ['ﬁona', 'Fiona'],
  ['علی‌رضا', 'علیرضا'],
])('When a name is written as %j and as %j, Then it is the same name', (one, other) => {
  expect(nameKey(other)).toBe(nameKey(one));
});

test.each([
  ['Elodie', 'Élodie'],
  ['Bjorn', 'Bjørn'],
  ['Jane Doe', 'Janet Doe'],
  ['JohnDoe', 'John Doe'],
  ['ONeill', "O'Neill"],
])('When names are %j and %j, Then they are two', (one, other) => expect(nameKey(other)).not.toBe(nameKey(one)));

test.each(['John Doe', 'Bjørn Halvorsen', 'Élodie Ødegård', "Siobhán O'Neill", '李 小龍', 'Иван Петров'])(
  'When a name is %j, Then its key is the one that stores have from earlier releases',
  (name) => expect(nameKey(name)).toBe(formerNameKey(name)),
);

test('When a key is made of a key, Then it is the same', () => {
  for (const name of ['Strauß', 'J̌', 'O’Neill  ', 'ΣΩΚΡΑΤΗΣ', 'İlker'])
    expect(nameKey(nameKey(name))).toBe(nameKey(name));
});
