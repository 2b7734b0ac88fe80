import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../testing/index.ts';
import { ConfigError, envField, readEnv } from './env.ts';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

const schema = z.object({
  SERVICE_TOKEN: envField.secretToken.optional(),
  DATABASE_URL: envField.databaseUrl('sqlite:./data/x.db'),
  RECEIVERS: z.string().optional(),
  RECEIVERS_FILE: z.string().optional(),
});

function fileWith(content: string): string {
  const path = join(folder.path, `canary-${Math.random()}`);
  writeFileSync(path, content);
  return path;
}

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readEnv(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the environment was accepted');
}

test.each(['', '\n', '\r\n'])('When a file ends with %j, Then the value is what stands before it', (end) => {
  const env = {
    SERVICE_TOKEN_FILE: fileWith(`a-token${end}`),
    DATABASE_URL_FILE: fileWith(`postgres://u:p@h/n${end}`),
  };

  expect(readEnv(schema, env)).toEqual({ SERVICE_TOKEN: 'a-token', DATABASE_URL: 'postgres://u:p@h/n' });
});

test('When one of the two is empty, Then it counts as unset', () => {
  const file = fileWith('a-token\n');

  expect(readEnv(schema, { SERVICE_TOKEN: '', SERVICE_TOKEN_FILE: file }).SERVICE_TOKEN).toBe('a-token');
  expect(readEnv(schema, { SERVICE_TOKEN: 'b-token', SERVICE_TOKEN_FILE: '' }).SERVICE_TOKEN).toBe('b-token');
});

test.each([
  [
    'both are set',
    () => ({ SERVICE_TOKEN: 'canary', SERVICE_TOKEN_FILE: fileWith('canary') }),
    'cannot be set beside SERVICE_TOKEN',
  ],
  [
    'there is no such file',
    () => ({ SERVICE_TOKEN_FILE: join(folder.path, 'canary') }),
    'the file cannot be read (ENOENT)',
  ],
  ['it is a folder', () => ({ SERVICE_TOKEN_FILE: folder.path }), 'the file cannot be read (EISDIR)'],
  ['the file is empty', () => ({ SERVICE_TOKEN_FILE: fileWith('') }), 'the file is empty'],
  ['the file holds a newline alone', () => ({ SERVICE_TOKEN_FILE: fileWith('\n') }), 'the file is empty'],
  [
    'the file holds two lines',
    () => ({ SERVICE_TOKEN_FILE: fileWith('canary\n\n') }),
    'must have visible ASCII characters only',
  ],
])('When %s, Then it is refused by the name of the variable', (_case, env, problem) => {
  expect(problemsOf(env())).toEqual([`SERVICE_TOKEN_FILE: ${problem}`]);
});

test('When several variables are wrong, in files or not, Then all are named at once', () => {
  const env = { SERVICE_TOKEN_FILE: fileWith(''), DATABASE_URL_FILE: fileWith('oracle:canary') };

  const problems = problemsOf(env);

  expect(problems.map((problem) => problem.split(':')[0])).toEqual(['SERVICE_TOKEN_FILE', 'DATABASE_URL_FILE']);
  expect(problems.join()).not.toContain('canary');
});

test('When a variable of that name is one of its own, Then it is left alone', () => {
  expect(readEnv(schema, { RECEIVERS_FILE: '/nowhere' })).toMatchObject({ RECEIVERS_FILE: '/nowhere' });
});
