import { expect, test } from 'vitest';
import { SERVICES, type Service } from '../../services.ts';
import { readText, readYaml } from './service-list.ts';

const [first, ...others] = SERVICES;
const fileOf = ({ name }: Service) => `${name}/Dockerfile`;

/** A service's Dockerfile without what names the service. */
const recipeOf = (service: Service) =>
  readText(fileOf(service))
    .replaceAll(fileOf(service), '<service>/Dockerfile')
    .replace(`ARG SERVICE=${service.name}\nARG PORT=${service.port}\n`, 'ARG SERVICE=<service>\nARG PORT=<port>\n');

test.each(SERVICES)('When $name is built, Then it is the service and the port of services.ts', (service) => {
  expect(recipeOf(service), fileOf(service)).toContain('ARG SERVICE=<service>\nARG PORT=<port>\n');
});

test.each(others)('When $name is built, Then it is by the same recipe as the others', (service) => {
  expect(recipeOf(service), `${fileOf(service)} is not ${fileOf(first)} with another name and port`).toBe(
    recipeOf(first),
  );
});

test('When Compose starts the images, which are for production, Then it chooses the gateway where everybody sees it', () => {
  const { services } = readYaml(readText('docker-compose.yml'));

  expect(readText('payment/Dockerfile')).toContain('NODE_ENV=production');
  expect(services.payment.environment.PAYMENT_GATEWAY).toBe(`\${PAYMENT_GATEWAY:-sandbox}`);
});

test('When Compose asks whether a service is healthy, Then it asks what the image does', () => {
  const [, options = '', command = '[]'] = /^HEALTHCHECK (.*) \\\n\s+CMD (.*)$/m.exec(readText(fileOf(first))) ?? [];
  const file = readYaml(readText('docker-compose.yml'));
  const { test: asked, start_interval, ...times } = file['x-service'].healthcheck;

  // Compose alone asks more often at the start: Podman's builder does not know the option.
  expect(start_interval).toBe('300ms');
  expect(asked.map((word: string) => word.replaceAll('$$', '$'))).toEqual(['CMD', ...JSON.parse(command)]);
  const flags = Object.entries(times).map(([name, value]) => `--${name.replace('_', '-')}=${value}`);
  expect(flags.sort()).toEqual(options.split(' ').sort());
});

test.each(['docker-compose.yml', 'docker-compose.scale.yml'])(
  'When %s starts containers, Then no file of the checkout is mounted, which may be readable for its owner alone',
  (name) => {
    const { services, configs, secrets } = readYaml(readText(name));
    const described: Array<{ volumes?: string[] }> = Object.values(services);
    const volumes = described.flatMap((service) => service.volumes ?? []);

    expect(volumes.length).toBeGreaterThan(0);
    expect(volumes.filter((volume) => !/^[a-z-]+:/.test(volume))).toEqual([]);
    expect(configs).toBeUndefined();
    // A certificate is its owner's to make readable, and nobody reads what stands in for one.
    const files = Object.values<{ file: string }>(secrets ?? {}).map(({ file }) => file);
    expect(files.filter((file) => !file.startsWith('${EDGE_CERT_FILE:-'))).toEqual([]);
  },
);
