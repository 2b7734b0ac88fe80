import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BACKEND_NAMES, SERVICE_NAMES, type ServiceName } from '../../services.ts';
import { bookingIdOf } from '../src/api/appointment.ts';
import { expectSeenIsTrue, startBookings } from '../src/bookings-under-way.ts';
import { buildImages, type Stack, startStack } from '../src/environment.ts';
import { GUIDE_REQUEST } from '../src/guide.ts';
import { buildNextImage } from '../src/next-image.ts';
import { LATER_MIGRATION } from '../src/replicas/two-versions.ts';
import { runCompose } from '../src/run-compose.ts';

const HEALTHY_WITHIN_MS = 20_000;
const STOPPED_WITHIN_MS = 3_000;
const MAX_IDLE_BYTES_EACH = 83e6;
const MEGABYTE = 1024 ** 2;
const UP = ['compose', 'up', '--detach', '--wait', '--no-build', '--no-deps', 'appointment'];
const LIST_MIGRATIONS =
  "new (require('node:sqlite').DatabaseSync)('/data/appointment.db').prepare('select name from kysely_migration').all()";

const loopbackOnly = new Set<ServiceName>(BACKEND_NAMES);

describe('The containers of the compose file', () => {
  let stack: Stack;
  let startedWithinMs = Number.POSITIVE_INFINITY;
  beforeAll(async () => {
    await buildImages();
    const begun = performance.now();
    stack = await startStack();
    startedWithinMs = performance.now() - begun;
  });
  afterAll(() => stack?.[Symbol.asyncDispose]());

  test('When the images are built, Then all services are healthy within 20 s', () => {
    expect(startedWithinMs).toBeLessThanOrEqual(HEALTHY_WITHIN_MS);
  });

  test('When they are idle, Then together they take at most 83 MB for each service', async () => {
    const memory = await Promise.all(SERVICE_NAMES.map((service) => stack.containers[service].memory()));
    expect(Math.min(...memory)).toBeGreaterThan(10 * MEGABYTE);
    expect(memory.reduce((sum, bytes) => sum + bytes)).toBeLessThanOrEqual(MAX_IDLE_BYTES_EACH * memory.length);
  });

  test.each(SERVICE_NAMES)('When %s is inspected, Then it is hardened', async (service) => {
    const { HostConfig, NetworkSettings } = await stack.containers[service].inspect();
    expect(HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      ReadonlyRootfs: true,
      SecurityOpt: ['no-new-privileges:true'],
      Init: true,
      PidsLimit: 100,
      Memory: 192 * MEGABYTE,
      RestartPolicy: { Name: 'unless-stopped' },
    });
    const addresses = Object.values(NetworkSettings.Ports).flatMap((bindings) => bindings?.map(({ HostIp }) => HostIp));
    if (loopbackOnly.has(service)) expect(addresses).toEqual(['127.0.0.1']);
    else expect(addresses).toContain('0.0.0.0');
  });

  test('When they are stopped, Then each exits with 0 within 3 s, and the data is there after the next start', async () => {
    const response = await stack.appointment.book(GUIDE_REQUEST);
    const id = String(bookingIdOf(response));
    const booking = await stack.appointment.find(id);
    expect(response.body.appointmentId).toBe('1001');

    const begun = performance.now();
    await stack.stop();
    expect(performance.now() - begun).toBeLessThanOrEqual(STOPPED_WITHIN_MS);
    for (const service of SERVICE_NAMES) {
      const { State } = await stack.containers[service].inspect();
      expect([service, State.Status, State.ExitCode]).toEqual([service, 'exited', 0]);
    }

    await stack.up();
    expect((await stack.appointment.find(id)).text).toBe(booking.text);
    expect((await stack.payment.find(id)).body.payment_id).toBe(response.body.payment_id);
    expect((await stack.appointment.book(GUIDE_REQUEST)).body).toMatchObject({ appointmentId: '1002', time: '3.30pm' });
    await stack.audited();
  });

  test('When a container gets the next image and the one before under load, Then nothing is lost', async () => {
    // Where the test before has failed, it is down.
    await stack.up();
    await using next = await buildNextImage();
    const before = ['docker-compose.yml'];
    const migrations = () => stack.containers.appointment.exec('node', '--print', LIST_MIGRATIONS);
    await using bookings = startBookings(stack);
    await bookings.see(8, 200);
    expect(await migrations()).not.toContain(LATER_MIGRATION);

    for (const files of [[...before, next.composeFile], before]) {
      await runCompose(stack, files, 'docker', ...UP);
      await stack.lookAgain();
      await bookings.see(8, 200);
      expect(await migrations()).toContain(LATER_MIGRATION);
    }

    const seen = await bookings.stop();
    await stack.audited();
    await expectSeenIsTrue(stack, seen);
  });
});
