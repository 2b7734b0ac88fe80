import { ConfigError } from '@appointments/chassis';
import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

describe('readConfig', () => {
  test('When nothing is set, Then the contract’s defaults hold and no token has one', () => {
    const config = readConfig({ OPERATOR_TOKEN: '' });
    expect(config).toMatchObject({
      PORT: 9090,
      HOST: '127.0.0.1',
      DATABASE_URL: 'sqlite:./data/appointment.db',
      RESERVATION_URL: 'http://127.0.0.1:8081',
      PAYMENT_URL: 'http://127.0.0.1:8082',
      BOOKING_DEADLINE_MS: 5_000,
      STEP_TIMEOUT_MS: 2_000,
    });
    expect([config.OPERATOR_TOKEN, config.SERVICE_TOKEN]).toEqual([undefined, undefined]);
  });

  test('When there is a retention, Then it is in days or hours, and bookings are kept where there is none', () => {
    const { BOOKING_RETENTION } = readConfig({ BOOKING_RETENTION: '400d' });
    expect(BOOKING_RETENTION).toBe(400 * 86_400_000);
    expect(readConfig({ BOOKING_RETENTION: '9600h' }).BOOKING_RETENTION).toBe(BOOKING_RETENTION);
    expect(readConfig({}).BOOKING_RETENTION).toBeUndefined();
  });

  test('When much is wrong, Then every variable is named and no value is', () => {
    const wrong = {
      PORT: 'zq7x',
      PAYMENT_URL: 'ftp://zq7x',
      RESERVATION_URL: 'zq7x',
      OPERATOR_TOKEN: 'zq7x zq7x',
      BOOKING_DEADLINE_MS: '0',
      STEP_TIMEOUT_MS: '-1',
      MAX_IN_FLIGHT: 'zq7x',
      LOG_LEVEL: 'zq7x',
      RATE_LIMIT: 'zq7x',
      TRUST_PROXY: 'zq7x',
    };
    const read = () => readConfig(wrong);
    expect(read).toThrow(ConfigError);
    for (const name of Object.keys(wrong)) expect(read).toThrow(new RegExp(`^ {2}- ${name}: `, 'm'));
    expect(read).not.toThrow(/zq7x/);
  });

  test.each([
    ['STEP_TIMEOUT_MS', '1'],
    ['BOOKING_DEADLINE_MS', '1'],
    ['STUCK_AFTER_MS', '1'],
    ['BOOKING_RETENTION', 'zq7x'],
    ['BOOKING_RETENTION', '400'],
    ['BOOKING_RETENTION', '6d'],
    ['BOOKING_RETENTION', '-400d'],
    ['PAYMENT_URL', 'http://zq7x?x=1'],
    ['RESERVATION_URL', 'http://zq7x:zq7x@host'],
  ])('When %s is %s, which nothing can go well with, Then it is refused by name', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`- ${name}: (?!.*zq7x)`));
  });

  test.each([
    'ftp://zq7x/{traceId}',
    'https://zq7x.example/trace',
    'https://zq7x:zq7x@jaeger.example/{traceId}',
    'https://{traceId}.zq7x.example/',
    'javascript:zq7x({traceId})',
    'zq7x/{traceId}',
  ])('When TRACE_URL is %s, Then it is refused by name', (value) => {
    expect(() => readConfig({ TRACE_URL: value })).toThrow(/- TRACE_URL: (?!.*zq7x)must be an http/);
  });

  test.each([
    'https://jaeger.example/trace/{traceId}',
    'http://localhost:3000/explore?left={"q":"{traceId}"}#a'.replaceAll('"', '%22'),
  ])('When TRACE_URL is %s, Then it is taken', (value) => {
    expect(readConfig({ TRACE_URL: value }).TRACE_URL).toBe(value);
  });
});
