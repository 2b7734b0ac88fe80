import { expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigError, envField, readEnv } from './env.ts';

const schema = z.object({
  PORT: envField.port(8000),
  HOST: envField.host,
  LOG_LEVEL: envField.logLevel,
  LOG_FORMAT: envField.logFormat,
  STEP_TIMEOUT_MS: envField.milliseconds(2_000, 50),
  MAX_IN_FLIGHT: envField.count(64),
  DATABASE_URL: envField.databaseUrl('sqlite:./data/x.db'),
  PEER_URL: envField.httpUrl.optional(),
  SERVICE_TOKEN: envField.secretToken.optional(),
});

function problemsOf(env: NodeJS.ProcessEnv): ConfigError {
  try {
    readEnv(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the environment was accepted');
}

test('When nothing is set, Then the defaults stand and no secret has one', () => {
  expect(readEnv(schema, {})).toEqual({
    PORT: 8000,
    HOST: '127.0.0.1',
    LOG_LEVEL: 'info',
    LOG_FORMAT: 'json',
    STEP_TIMEOUT_MS: 2_000,
    MAX_IN_FLIGHT: 64,
    DATABASE_URL: 'sqlite:./data/x.db',
  });
});

test('When a variable is set but empty, Then it counts as unset', () => {
  const env = readEnv(schema, { PORT: '', HOST: '', PEER_URL: '', SERVICE_TOKEN: '', DATABASE_URL: '' });

  expect(env).toEqual(readEnv(schema, {}));
});

test('When values fit, Then they are parsed', () => {
  const env = readEnv(schema, { PORT: '0', PEER_URL: 'https://peer:8443/base', SERVICE_TOKEN: 'a'.repeat(16) });

  expect(env).toMatchObject({ PORT: 0, PEER_URL: 'https://peer:8443/base', SERVICE_TOKEN: 'a'.repeat(16) });
});

test('When everything is wrong, Then every variable is named at once and no value is', () => {
  const wrong = {
    PORT: '70000',
    LOG_LEVEL: 'loudest',
    LOG_FORMAT: 'yamlish',
    STEP_TIMEOUT_MS: 'soonish',
    MAX_IN_FLIGHT: '-77',
    DATABASE_URL: 'oracle:scott:tiger',
    PEER_URL: 'ftp://peer-secret',
    SERVICE_TOKEN: 'hunter two',
  };

  const error = problemsOf(wrong);

  expect(error.problems.map((problem) => problem.split(':')[0])).toEqual(Object.keys(wrong));
  for (const name of Object.keys(wrong)) expect(error.message).toContain(`\n  - ${name}: `);
  for (const value of Object.values(wrong)) expect(error.message).not.toContain(value);
});

test.each([
  ['PORT', '-1'],
  ['PORT', '80.5'],
  ['PORT', 'http'],
  ['STEP_TIMEOUT_MS', '0'],
  ['STEP_TIMEOUT_MS', '600001'],
  ['DATABASE_URL', 'sqlite:'],
  ['DATABASE_URL', 'postgres://one:5432,other:5432'],
  ['DATABASE_URL', 'postgres://one:5432,other:port/name'],
  ['DATABASE_URL', 'postgres://one,other/name?target_session_attrs=standby'],
  ['PEER_URL', 'peer:8080'],
  ['SERVICE_TOKEN', 'zwölf'],
])('When %s is %j, Then it is refused', (name, value) => {
  expect(problemsOf({ [name]: value }).problems).toEqual([expect.stringMatching(new RegExp(`^${name}: `))]);
});

test('When a database URL names several hosts, Then it is taken', () => {
  const DATABASE_URL = 'postgres://user:password@one:5432,other/name?target_session_attrs=read-write';
  expect(readEnv(schema, { DATABASE_URL })).toMatchObject({ DATABASE_URL });
});

test('When tokens are listed, Then each is one of them; none may be empty', () => {
  const lists = z.object({ TOKENS: envField.secretTokens.optional() });

  expect(readEnv(lists, { TOKENS: 'old,new' })).toEqual({ TOKENS: ['old', 'new'] });
  expect(readEnv(lists, { TOKENS: '' })).toEqual({});
  for (const TOKENS of [',', 'old,', ',new', 'old,,new', 'old, new'])
    expect(() => readEnv(lists, { TOKENS })).toThrow('- TOKENS: must');
});

const UNFIT: Array<[variable: string, value: string]> = [
  ['PEER_URL', 'http://peer?x=1'],
  ['PEER_URL', 'http://peer#part'],
  ['PEER_URL', 'http://canary:secret@peer'],
  ['PEER_URL', 'http://canary@peer'],
  ['PEER_URL', 'http://'],
  ['PEER_URL', 'peer:8081'],
  ['SERVICE_TOKEN', 'canary\n'],
  ['SERVICE_TOKEN', ' canary'],
  ['SERVICE_TOKEN', 'canary\u00e9'],
  ['HOST', 'http://canary'],
  ['HOST', '[::1]'],
  ['HOST', 'canary host'],
  ['STEP_TIMEOUT_MS', '49'],
];

test.each(UNFIT)('When %s is %j, Then it is refused by name alone', (variable, value) => {
  const error = problemsOf({ [variable]: value });

  expect(error.problems).toHaveLength(1);
  expect(error.problems[0]).toMatch(new RegExp(`^${variable}: `));
  expect(error.message).not.toContain('canary');
});
