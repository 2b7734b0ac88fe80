import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { BACKEND_NAMES, mapServicesAsync, SERVICE_NAMES, settingOf } from '../../services.ts';
import { temporaryFolder } from '../../store/testing/index.ts';
import { byName, containerOf, deployments, podOf, repository, settings } from './rendered.ts';

const READ_CONFIG = await mapServicesAsync(SERVICE_NAMES, async (name) => {
  const { readConfig } = await import(`../../${name}/src/config.ts`);
  return readConfig as (env: NodeJS.ProcessEnv) => object;
});
const SAMPLE_SECRET = 'postgres://user:password@host:5432/name';
const SAMPLE_WEBHOOK_SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const sampleOf = (name: string) => (name.includes('WEBHOOK_SECRET') ? SAMPLE_WEBHOOK_SECRET : SAMPLE_SECRET);
const SAMPLE_URL = 'http://peer:1';
const SAMPLE_FILES = temporaryFolder();
afterAll(() => SAMPLE_FILES[Symbol.dispose]());
const fileWith = (name: string, content: object) => {
  const path = join(SAMPLE_FILES.path, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
};
const SAMPLES: Record<string, string> = {
  RATE_LIMIT: '20/10s',
  BOOKING_RETENTION: '400d',
  ACCESS_FILE: fileWith('access.json', [{ id: 'shop', role: 'client', tokenSha256: '0'.repeat(64) }]),
  WEBHOOKS_FILE: fileWith('webhooks.json', []),
};
// With a gateway, which alone has a token.
const SAMPLE_GATEWAY = { PAYMENT_GATEWAY: 'http', PAYMENT_GATEWAY_URL: SAMPLE_URL };

test.each(SERVICE_NAMES)('When %s is deployed, Then it takes its environment, and knows every name', (name) => {
  const { env, envFrom = [] } = containerOf(byName(deployments, name));
  expect(envFrom.map(({ configMapRef }) => configMapRef.name)).toEqual(['settings']);
  const own = Object.fromEntries(env.map((variable) => [variable.name, variable.value ?? sampleOf(variable.name)]));
  const config = READ_CONFIG[name]({ ...settings, ...own, ...SAMPLE_GATEWAY });
  expect(Object.keys(config)).toEqual(expect.arrayContaining(Object.keys(own)));
});

const sampleSetting = (name: string) => (name === 'TRACE_URL' ? `${SAMPLE_URL}/{traceId}` : SAMPLE_URL);

test('When a setting is listed, Then a service knows it', () => {
  const filled = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, value || SAMPLES[name] || sampleSetting(name)]),
  );
  const known = Object.values(READ_CONFIG).flatMap((readConfig) =>
    Object.keys(readConfig({ ...filled, ...SAMPLE_GATEWAY })),
  );
  expect(known).toEqual(expect.arrayContaining(Object.keys(settings)));
});

test('When the images run as they are, Then payment starts, with the sandbox that the settings show', () => {
  expect(READ_CONFIG.payment({ ...settings, NODE_ENV: 'production' })).toMatchObject({ PAYMENT_GATEWAY: 'sandbox' });
  expect(() => READ_CONFIG.payment({ ...settings, NODE_ENV: 'production', PAYMENT_GATEWAY: '' })).toThrow(
    'PAYMENT_GATEWAY',
  );
});

describe('When there are files for the orchestrator', () => {
  const workload = byName(deployments, 'appointment');
  const files = podOf(workload).volumes.find(({ secret }) => secret);
  const folderOf = ({ name = '' } = {}) =>
    containerOf(workload).volumeMounts.find((mount) => mount.name === name)?.mountPath;

  test('Then the Secret that has them is mounted as a folder, need not be there, and leaves the other volumes alone', () => {
    expect(files?.secret).toEqual({ secretName: 'appointment-files', optional: true });
    const mounts = containerOf(workload).volumeMounts;
    expect(mounts.map(({ name, readOnly }) => [name, readOnly])).toEqual([
      ['tmp', undefined],
      ['files', true],
    ]);
    expect(podOf(workload).volumes.map(({ name }) => name)).toEqual(mounts.map(({ name }) => name));
    for (const name of BACKEND_NAMES) expect(podOf(byName(deployments, name)).volumes).toHaveLength(1);
  });

  test('Then deploy/README.md says how to make it, and the settings are where it is mounted', () => {
    const readme = readFileSync(join(repository, 'deploy/README.md'), 'utf8');
    expect(readme).toContain(`kubectl create secret generic ${files?.secret?.secretName} --namespace appointments`);
    for (const [setting, file] of [
      ['ACCESS_FILE', 'access.json'],
      ['WEBHOOKS_FILE', 'webhooks.json'],
    ]) {
      expect(readme).toContain(`--from-file=${file}`);
      expect(readme).toContain(`${setting}=${folderOf(files)}/${file}`);
    }
  });
});

test.each(BACKEND_NAMES)('When %s has a token of its own, Then it and the orchestrator alone are given it', (name) => {
  const token = settingOf(name, 'TOKEN');
  const own = { name: token, valueFrom: { secretKeyRef: { name: 'appointments', key: token, optional: true } } };
  for (const workload of deployments) {
    const given = containerOf(workload).env.filter((variable) => variable.name === token);
    const isMeant = [name, 'appointment'].includes(workload.metadata.name);
    expect([workload.metadata.name, given]).toEqual([workload.metadata.name, isMeant ? [own] : []]);
  }
});
