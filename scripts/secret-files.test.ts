import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { SERVICE_NAMES, type Service, type ServiceName, serviceNamed, settingOf } from '../services.ts';
import { temporaryFolder } from '../store/testing/index.ts';
import { readToken } from './read-token.ts';

/** What a service keeps secret beside what each has, its own token, and the tokens of those that it needs. */
const OWN_SECRETS: Partial<Record<ServiceName, readonly string[]>> = {
  payment: ['PAYMENT_GATEWAY_TOKEN', 'PAYMENT_GATEWAY_WEBHOOK_SECRET'],
  appointment: ['OPERATOR_TOKEN'],
};
const tokensOf = ({ name, needs }: Service) =>
  (needs.length > 0 ? needs : [name]).map((peer) => settingOf(peer, 'TOKEN'));
const secretsOf = (service: ServiceName): string[] => [
  ...['SERVICE_TOKEN', 'DATABASE_URL'],
  ...tokensOf(serviceNamed(service)),
  ...(OWN_SECRETS[service] ?? []),
];
// A token needs the gateway that it is for.
const BESIDE = { PAYMENT_GATEWAY_URL: 'https://psp.example' };
const VALUE: Record<string, string> = {
  DATABASE_URL: 'postgres://user:password@host/name',
  PAYMENT_GATEWAY_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 7).toString('base64')}`,
};

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

function fileWith(content: string): string {
  const path = join(folder.path, String(Math.random()));
  writeFileSync(path, content);
  return path;
}

describe.each(SERVICE_NAMES)('When %s is given its secrets in files', async (service) => {
  const { readConfig } = await import(`../${service}/src/config.ts`);

  test.each(secretsOf(service))('Then %s is what its file holds', (name) => {
    const config = readConfig({ ...BESIDE, [`${name}_FILE`]: fileWith(`${VALUE[name] ?? 'a-token'}\n`) });

    expect(config[name]).toEqual(readConfig({ ...BESIDE, [name]: VALUE[name] ?? 'a-token' })[name]);
    expect(config[name]).toBeDefined();
  });

  test.each(secretsOf(service))('Then a file that is not there is refused by the name of %s', (name) => {
    expect(() => readConfig({ [`${name}_FILE`]: '/nowhere' })).toThrow(new RegExp(`- ${name}_FILE: .*ENOENT`));
  });
});

test('When the scripts ask for a token, Then they get what the services get, and know a wrong file', () => {
  expect(readToken('SERVICE_TOKEN', { SERVICE_TOKEN_FILE: fileWith('a-token\n') })).toBe('a-token');
  expect(readToken('SERVICE_TOKEN', { SERVICE_TOKEN: 'b-token' })).toBe('b-token');
  expect(readToken('SERVICE_TOKEN', { SERVICE_TOKEN: '' })).toBeUndefined();
  expect(() => readToken('SERVICE_TOKEN', { SERVICE_TOKEN_FILE: '/nowhere' })).toThrow('SERVICE_TOKEN_FILE');
});
