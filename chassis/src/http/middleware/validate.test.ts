import { expect, test } from 'vitest';
import { z } from 'zod';
import { dayField, textField } from '../fields.ts';
import type { Problem } from '../problem.ts';
import { parseInput } from './validate.ts';

const schema = z.object({
  name: textField(10),
  date: dayField(),
  lines: z.array(z.object({ 'a/b~c': z.number('must be a number') })).optional(),
});

function problemOf(input: unknown): Problem {
  try {
    parseInput(schema, input);
  } catch (error) {
    return error as Problem;
  }
  throw new Error('the input was accepted');
}

test('When the input fits, Then it is parsed and unknown members are dropped', () => {
  expect(parseInput(schema, { name: ' Ann ', date: '01-02-2026', cardNum: '1234567' })).toEqual({
    name: 'Ann',
    date: '01-02-2026',
  });
});

test('When several members do not fit, Then each is pointed at and none is echoed', () => {
  const problem = problemOf({ name: 'secret-name-too-long', date: 'secret', lines: [{ 'a/b~c': 'secret' }] });

  expect(problem).toMatchObject({ status: 400, code: 'invalid_input' });
  expect(problem.errors).toEqual([
    { pointer: '/name', message: 'must have at most 10 characters' },
    { pointer: '/date', message: 'must look like DD-MM-YYYY' },
    { pointer: '/lines/0/a~1b~0c', message: 'must be a number' },
  ]);
  expect(JSON.stringify(problem) + problem.message).not.toContain('secret');
});

test.each([null, [], '', 7, undefined])('When the input is %j, Then the whole of it is pointed at', (input) => {
  expect(problemOf(input).errors).toEqual([{ pointer: '', message: expect.stringContaining('expected object') }]);
});

test('When members are missing, Then each is named', () => {
  expect(problemOf({}).errors?.map(({ pointer }) => pointer)).toEqual(['/name', '/date']);
});
