import { ConfigError } from '@appointments/chassis';
import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

describe('readConfig', () => {
  test('When nothing is set, Then the sandbox gateway is used and there is no default token', () => {
    expect(readConfig({})).toEqual({
      HOST: '127.0.0.1',
      PORT: 8082,
      KEEP_ALIVE_MS: 65_000,
      CONNECTION_LIFETIME_MS: 15_000,
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      DATABASE_URL: 'sqlite:./data/payment.db',
      DATABASE_POOL_SIZE: 10,
      GATEWAY_TIMEOUT_MS: 1500,
      PAYMENT_ACTION_TIMEOUT_MS: 900_000,
    });
  });

  test('When several values are wrong, Then each is named and none is shown', () => {
    const wrong = { PORT: 'many', PAYMENT_GATEWAY_URL: 'ftp://psp.example', GATEWAY_TIMEOUT_MS: '0.5' };
    const read = () => readConfig(wrong);
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/PORT[\s\S]*PAYMENT_GATEWAY_URL[\s\S]*GATEWAY_TIMEOUT_MS/);
    expect(read).not.toThrow(/many|psp\.example/);
  });

  test.each(['canary\n', 'canary canary', '\u201ccanary\u201d'])(
    'When the gateway token is %j, which no header can carry, Then it is refused by name',
    (token) => {
      expect(() => readConfig({ PAYMENT_GATEWAY_TOKEN: token })).toThrow(/- PAYMENT_GATEWAY_TOKEN: (?!.*canary)/);
    },
  );

  const URL = 'https://psp.example';

  test.each([
    [{ NODE_ENV: 'production' }, 'PAYMENT_GATEWAY: must be chosen where NODE_ENV is production'],
    [{ NODE_ENV: 'production', PAYMENT_GATEWAY_URL: URL }, 'PAYMENT_GATEWAY: must be chosen'],
    [{ PAYMENT_GATEWAY: 'canary' }, 'PAYMENT_GATEWAY: must be sandbox or http'],
    [{ PAYMENT_GATEWAY: 'http' }, 'PAYMENT_GATEWAY_URL: must be set where PAYMENT_GATEWAY is http'],
    [{ PAYMENT_GATEWAY: 'sandbox', PAYMENT_GATEWAY_URL: URL }, 'PAYMENT_GATEWAY_URL: must not be set'],
    [{ PAYMENT_GATEWAY_TOKEN: 'canary' }, 'PAYMENT_GATEWAY_TOKEN: must not be set without PAYMENT_GATEWAY_URL'],
  ])('When the environment is %j, Then the service does not start and says why', (env, problem) => {
    expect(() => readConfig(env)).toThrow(`- ${problem}`);
    expect(() => readConfig(env)).not.toThrow('canary');
  });

  test.each([
    { NODE_ENV: 'production', PAYMENT_GATEWAY: 'sandbox' },
    { NODE_ENV: 'production', PAYMENT_GATEWAY: 'http', PAYMENT_GATEWAY_URL: URL, PAYMENT_GATEWAY_TOKEN: 'token' },
    { NODE_ENV: 'development' },
    { PAYMENT_GATEWAY_URL: URL },
  ])('When the environment is %j, Then the gateway is chosen', (env) => {
    expect(readConfig(env)).toMatchObject(env);
  });

  test('When a choice is missing and another value is wrong, Then both are named', () => {
    expect(() => readConfig({ NODE_ENV: 'production', PORT: 'many' })).toThrow(/- PORT: [\s\S]*- PAYMENT_GATEWAY: /);
  });

  test.each([
    'http://psp',
    'http://127.0.0.1:1',
    'http://127.8.9.1',
    'http://[::1]:1',
    'http://localhost',
    'https://a.b',
  ])('When the gateway is at %s, Then its address is taken', (address) => {
    expect(readConfig({ PAYMENT_GATEWAY_URL: address }).PAYMENT_GATEWAY_URL).toBe(address);
  });

  test.each([
    'http://psp.canary',
    'http://canary.',
    'http://10.0.0.1',
    'http://[2001:db8::1]',
    'http://[::ffff:7f00:1]',
    'http://127.0.0.1.canary',
    'http://0x7f.1.canary',
  ])('When the gateway is at %s, Then a card number could be read on the way, and it is refused', (address) => {
    const read = () => readConfig({ PAYMENT_GATEWAY_URL: address });
    expect(read).toThrow(/- PAYMENT_GATEWAY_URL: must be https/);
    expect(read).not.toThrow('canary');
  });
});
