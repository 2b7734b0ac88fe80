import { beforeAll, describe, expect, test } from 'vitest';
import { BACKEND_NAMES, peerSettings, SERVICE_NAMES, type ServiceName } from '../../services.ts';
import { createAppointmentApi } from '../src/api/appointment.ts';
import { PORTS } from '../src/container.ts';
import { buildImages } from '../src/environment.ts';
import { GUIDE_REPLY, GUIDE_REQUEST } from '../src/guide.ts';
import { docker, inspect } from '../src/run.ts';
import { createNetwork, imageOf, ServiceImage } from '../src/service-image.ts';

const BASE_IMAGE = process.env.NODE_IMAGE || 'node:26-slim';
const MAX_BYTES_OVER_BASE = 60e6;
const STOPPED_WITHIN_MS = 3_000;

const TOOLS = 'npm|typescript|tsc|vitest|vite|testcontainers|fast-check|node|@biomejs';
const FOREIGN = new RegExp(
  `^/app/node_modules/(\\.bin/)?(${TOOLS})$|^/app/(?!node_modules/).*(/testing|\\.test\\.ts|\\.db|\\.env)$`,
);

const isOfAnother = (service: ServiceName, file: string) =>
  SERVICE_NAMES.some((other) => other !== service && file.startsWith(`/app/${other}/src`));

const sizeOf = async (image: string) => (await inspect<{ Size: number }>(image, 'image')).Size;

beforeAll(async () => {
  await buildImages();
  // With BuildKit a base image that was pulled for a build alone is not among the engine's images.
  await docker('image', 'inspect', BASE_IMAGE).catch(() => docker('pull', '--quiet', BASE_IMAGE));
});

describe.each(SERVICE_NAMES)('The image of %s', (service) => {
  test('When it is weighed, Then it is at most 60 MB heavier than its base', async () => {
    const [image, base] = await Promise.all([sizeOf(imageOf(service)), sizeOf(BASE_IMAGE)]);
    expect(image - base).toBeGreaterThan(0);
    expect(image - base).toBeLessThanOrEqual(MAX_BYTES_OVER_BASE);
  });

  test('When it runs with nothing but its store to write to, Then it is healthy, as uid 1000', async () => {
    await using container = await new ServiceImage(service).start();
    const { State, Config } = await inspect<{ State: { Health: { Status: string } }; Config: { User: string } }>(
      container.getId(),
    );
    expect([State.Health.Status, Config.User]).toEqual(['healthy', 'node']);
    const { output } = await container.exec(['cat', '/proc/1/status']);
    expect(output).toMatch(/^Uid:\s+1000\s+1000\s/m);
    expect(output).toMatch(/^CapEff:\s+0+$/m);
    const written = await container.exec(['touch', '/home/node/file']);
    expect([written.exitCode, written.output]).toEqual([1, expect.stringContaining('Read-only file system')]);
  });

  test('When it gets SIGTERM, Then it exits with 0 within 3 s', async () => {
    await using container = await new ServiceImage(service).start();
    const begun = performance.now();
    await docker('stop', container.getId());
    expect(performance.now() - begun).toBeLessThanOrEqual(STOPPED_WITHIN_MS);
    const { State } = await inspect<{ State: { ExitCode: number; Status: string } }>(container.getId());
    expect(State).toMatchObject({ ExitCode: 0, Status: 'exited' });
  });

  test('When its files are listed, Then there is no tool, no test and no other service among them', async () => {
    const files = String(await docker('run', '--rm', imageOf(service), 'find', '/app')).split('\n');
    expect(files).toContain('/app/node_modules/koa');
    expect(files.filter((file) => FOREIGN.test(file) || isOfAnother(service, file))).toEqual([]);
  });
});

test("When the images share a network and no compose file, Then the guide's request gets its reply", async () => {
  await using network = await createNetwork();
  const onNetwork = (service: ServiceName) =>
    new ServiceImage(service).withNetworkMode(network.name).withNetworkAliases(service);
  await using backends = new AsyncDisposableStack();
  for (const name of BACKEND_NAMES) backends.use(await onNetwork(name).start());
  await using appointment = await onNetwork('appointment')
    .withEnvironment(peerSettings('appointment', (peer) => `http://${peer}:${PORTS[peer]}`))
    .start();
  const api = createAppointmentApi(`http://127.0.0.1:${appointment.getMappedPort(PORTS.appointment)}`);
  const { status, body } = await api.book(GUIDE_REQUEST);
  expect([status, body]).toEqual([200, { ...GUIDE_REPLY, payment_id: expect.any(String) }]);
});
