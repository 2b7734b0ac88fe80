import { expect, test } from 'vitest';
import { isConnectionFailure, isTimeout, isTrouble } from './postgres-failure.ts';

const ofServer = (code: string) => Object.assign(new Error('x'), { code, severity: 'ERROR' });

test.each(['08006', '57P01', '57P05', '53300', '25006', '40001', '40P01', '57014'])(
  'When the server says %s, Then the connection or the server failed and not the query',
  (code) => {
    expect(isConnectionFailure(ofServer(code))).toBe(true);
  },
);

test.each([
  Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
  Object.assign(new Error('x'), { code: 'EMFILE' }),
  new Error('Connection terminated unexpectedly'),
  new Error('timeout exceeded when trying to connect'),
  new Error('Query read timeout'),
])('When the driver says %s, Then the connection failed', (error) => {
  expect(isConnectionFailure(error)).toBe(true);
});

test.each([
  ofServer('23505'),
  Object.assign(new Error('x'), { code: '40001' }),
  Object.assign(new Error('timeout exceeded by the caller'), { code: 'too_late' }),
  new Error('x'),
  'a text',
  null,
  undefined,
])('When it is an error of the query or the work (%s), Then it is no failure of the connection', (error) => {
  expect([isConnectionFailure(error), isTrouble(error), isTimeout(error)]).toEqual([false, false, false]);
});

test('When the server has no room, lost data or took too long, Then it is told apart', () => {
  expect([isTrouble(ofServer('53100')), isTimeout(ofServer('53100'))]).toEqual([true, false]);
  expect(['57P04', 'XX001', 'XX002', '58030'].map((code) => isTrouble(ofServer(code)))).not.toContain(false);
  expect([isTrouble(ofServer('57014')), isTimeout(ofServer('57014'))]).toEqual([false, true]);
});
