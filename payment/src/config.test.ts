import { ConfigError } from '@appointments/chassis';
import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

describe('readConfig', () => {
  test('When nothing is set, Then the sandbox gateway is used and there is no default token', () => {
    expect(readConfig({})).toEqual({
      HOST: '127.0.0.1',
      PORT: 8082,
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      DATABASE_URL: 'sqlite:./data/payment.db',
      DATABASE_POOL_SIZE: 10,
      GATEWAY_TIMEOUT_MS: 1500,
    });
  });

  test('When several values are wrong, Then each is named and none is shown', () => {
    const wrong = { PORT: 'many', PAYMENT_GATEWAY_URL: 'ftp://psp.example', GATEWAY_TIMEOUT_MS: '0.5' };
    const read = () => readConfig(wrong);
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/PORT[\s\S]*PAYMENT_GATEWAY_URL[\s\S]*GATEWAY_TIMEOUT_MS/);
    expect(read).not.toThrow(/many|psp\.example/);
  });
});
