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
});
