import { afterEach, expect, test, vi } from 'vitest';
import { PARTS, readOptions } from './options.ts';

afterEach(() => vi.unstubAllEnvs());

test('When nothing is asked for, Then every part runs, in at least five rounds, and the figures are saved', () => {
  vi.stubEnv('BENCH_PARTS', '');

  const options = readOptions([]);

  expect(options).toMatchObject({
    parts: [...PARTS],
    rounds: 5,
    connections: 32,
    steps: 10,
    rates: [100, 300, 600],
    save: true,
    smoke: false,
  });
});

test('When parts are named, on the command line or in the environment, Then those run, in the order of all', () => {
  vi.stubEnv('BENCH_PARTS', 'recovery,table');

  expect(readOptions([])?.parts).toEqual(['table', 'recovery']);
  expect(readOptions(['--parts', 'stack'])?.parts).toEqual(['stack']);
});

test('When a smoke run is asked for, Then all is short and nothing saved, but for what is given beside it', () => {
  expect(readOptions(['--smoke', '--rounds', '2'])).toMatchObject({ rounds: 2, seconds: 3, save: false, smoke: true });
});

test.each([
  [['--parts', 'tabel'], 'there is no part tabel'],
  [['--profiled', 'booking'], 'there is no service booking'],
  [['--rounds', 'many'], '--rounds must be a number above 0'],
  [['--rates', '100,0'], '--rates must be a number above 0'],
  [['--fast'], '--fast'],
])('When %j is given, Then nothing runs and the mistake is named', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
