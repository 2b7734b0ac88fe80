import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { BACKEND_NAMES, SERVICES, type Service, serviceNamed, settingOf } from '../../services.ts';
import { COMPOSE_LISTS } from './compose-lists.ts';
import { DEPLOY_LISTS, manifestsOf } from './deploy-lists.ts';
import { OBSERVABILITY_LISTS } from './observability-lists.ts';
import { REPOSITORY_LISTS } from './repository-lists.ts';
import { corrections } from './service-list.ts';

const LISTS = [...REPOSITORY_LISTS, ...COMPOSE_LISTS, ...DEPLOY_LISTS, ...OBSERVABILITY_LISTS];
const root = resolve(import.meta.dirname, '../..');

test.each(LISTS)('When services are listed in $file, Then they are those of services.ts', (list) => {
  expect(corrections(list)).toEqual([]);
});

test('When a service is listed, Then its folder and its manifests are there, and their ports and settings are its own', () => {
  const files = [
    ...SERVICES.flatMap((service) => [
      `${service.name}/Dockerfile`,
      `${service.name}/README.md`,
      manifestsOf(service).file,
    ]),
    ...BACKEND_NAMES.flatMap((name) => [`${name}/audit.ts`, `${name}/kubernetes/kustomization.yaml`]),
  ];
  expect(files.filter((file) => !existsSync(resolve(root, file))).map((file) => `${file}: add this file`)).toEqual([]);
  expect(SERVICES.flatMap((service) => corrections(manifestsOf(service)))).toEqual([]);
});

test.each(SERVICES)(
  'When $name has no settings, Then port, store and peers are those of services.ts',
  async (service) => {
    const { readConfig } = await import(`../../${service.name}/src/config.ts`);
    const peers = Object.fromEntries(
      service.needs.map((peer) => [settingOf(peer, 'URL'), `http://127.0.0.1:${serviceNamed(peer).port}`]),
    );
    const { port, store } = service;

    expect(readConfig({}), `${service.name}/src/config.ts`).toMatchObject({
      PORT: port,
      DATABASE_URL: `sqlite:./data/${store}.db`,
      ...peers,
    });
  },
);

test('When a service is new, Then each file is named that has to list it, with what to add', () => {
  const added: Service = { name: 'reminder', port: 8099, store: 'reminder', needs: [], calls: {}, tells: [] };

  for (const list of LISTS) {
    const before = corrections(list);
    const asked = corrections(list, [...SERVICES, added]).filter((line) => !before.includes(line));

    expect(asked.length, list.file).toBeGreaterThan(0);
    for (const line of asked) expect(line).toMatch(new RegExp(`^${list.file}: add .*(?:reminder|REMINDER|8099)`));
  }
});

test('When a service is gone, Then each file is named that still lists it, with what to take out', () => {
  const left = SERVICES.filter(({ name }) => name !== 'payment');

  for (const list of LISTS) {
    expect(corrections(list, left).join('\n'), list.file).toMatch(/: take out .*(?:payment|PAYMENT|8082)/);
  }
});
