import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { BACKEND_NAMES, mapServices, SERVICE_NAMES, serviceNamed } from '../../services.ts';
import { BOOKING_PATH, bookingIdOf } from '../src/api/appointment.ts';
import { bookOnce, expectSeenIsTrue, freshDay, type Seen, startBookings } from '../src/bookings-under-way.ts';
import { findCards } from '../src/card-traces.ts';
import type { Container } from '../src/container.ts';
import { DECLINED, GUIDE_CURL, GUIDE_REPLY, SETTLES } from '../src/guide.ts';
import { buildNextImage } from '../src/next-image.ts';
import { LATER_MIGRATION } from '../src/replicas/two-versions.ts';
import { docker, run } from '../src/run.ts';
import { runCompose } from '../src/run-compose.ts';
import { REPLICAS, SCALED_FILES, type ScaledStack, startScaledStack } from '../src/scaled-stack.ts';

const CANARY = '4929123456781234';
const TAKEOVER_DEADLINE_MS = 15_000;
const NOTICED_WITHIN_MS = 4_000;
// See store/src/postgres-retry.ts.
const STORE_PATIENCE_MS = 4_000;
const BALANCER_GIVES_UP_MS = 30_000;
const STARTED_WITHIN_MS = 20_000;
const HARDENED = {
  CapDrop: ['ALL'],
  ReadonlyRootfs: true,
  SecurityOpt: ['no-new-privileges:true'],
  RestartPolicy: { Name: 'unless-stopped' },
  LogConfig: { Config: { 'max-size': '10m', 'max-file': '3' } },
};
const MEGABYTE = 1024 ** 2;
const MEMORY: Record<string, number> = { postgres: 768 * MEGABYTE, others: 192 * MEGABYTE };
// The problems that clients may get besides an outcome: each has a Retry-After.
const RETRYABLE = ['no_replica', 'replica_lost', 'replica_silent', 'store_unavailable', 'overloaded'];
// PostgreSQL, appendix A.
const PERMISSION_DENIED = '42501';
const WRONG_PASSWORD = '28P01';

let stack: ScaledStack;
beforeAll(async () => {
  stack = await startScaledStack();
});
afterAll(() => stack?.[Symbol.asyncDispose]());

// What a failed test has left broken must not fail the others.
afterEach(() => stack.repair());

/** What every test with something broken ends with. */
async function expectTruth(seen: readonly Seen[]): Promise<void> {
  await stack.healthy();
  await stack.audited();
  expect(seen.filter(({ status }) => status === undefined)).toEqual([]);
  await expectSeenIsTrue(stack, seen, RETRYABLE);
}

/** By design some of the load is declined, and some wants a day that is full. */
function expectUnnoticed(seen: readonly Seen[]): void {
  expect(seen.map(({ status }) => status).filter((status) => ![200, 402, 409].includes(status ?? 0))).toEqual([]);
}

const untilServing = (appointment: number, timeout: number) =>
  expect.poll(stack.serving, { timeout, interval: 100 }).toEqual({ ...REPLICAS, appointment });

/**
 * Waits until it has been so many for longer than the balancer takes to notice a change: at a single look another replica
 * may be too busy to respond to its health check.
 */
async function untilServingSteadily(appointment: number): Promise<void> {
  let inARow = 0;
  const look = async () => {
    inARow = (await stack.serving()).appointment === appointment ? inARow + 1 : 0;
    return inARow;
  };
  await expect.poll(look, { timeout: 4 * NOTICED_WITHIN_MS, interval: NOTICED_WITHIN_MS / 10 }).toBeGreaterThan(10);
}

/** How many requests of this kind a replica has served. */
const servedBy = async ({ logs }: Container, route: string) => (await logs()).split(`"route":"/${route}"`).length - 1;

/** How many requests with a side effect a replica has served. */
const postsServedBy = async ({ logs }: Container) => (await logs()).split('"method":"POST"').length - 1;

describe('Replicas behind the balancer', () => {
  test('When the stack is up, Then every container is healthy and every replica serves', async () => {
    const counts = stack.services.map((service) => [service, stack.replicas(service).length]);
    expect(Object.fromEntries(counts)).toEqual({ ...REPLICAS, postgres: 1, balancer: 1 });
    const all = await stack.inspectAll();
    expect(all.map(([, { State }]) => State.Health?.Status)).toEqual(all.map(() => 'healthy'));
    await untilServing(3, 1_000);
  });

  test("When the guide's curl line is run, Then it prints the guide's reply but for the payment id", async () => {
    const line = GUIDE_CURL.replace('http://localhost:9090', stack.appointment.url).replace('curl ', 'curl -sS ');
    const { stdout } = await run('sh', ['-c', line]);
    expect(JSON.parse(String(stdout))).toEqual({ ...GUIDE_REPLY, payment_id: expect.any(String) });
  });

  test('When bookings come one after the other, Then every replica of every service gets some', async () => {
    for (let begun = 0; begun < 12; begun += 1) expect((await bookOnce(stack)).status).toBe(200);
    for (const service of SERVICE_NAMES) {
      const served = stack.replicas(service).map((replica) => postsServedBy(replica));
      expect([service, Math.min(...(await Promise.all(served))) > 0]).toEqual([service, true]);
    }
  });

  test('When 30 requests with one key come at once, Then there is one booking', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const request = { name: 'Only Once', doctor: 'John Doe', date: freshDay(), cardNum: SETTLES };
    const responses = await Promise.all(Array.from({ length: 30 }, () => stack.appointment.book(request, key)));
    const booked = responses.filter(({ status }) => status === 200);
    const others = responses.filter(({ status }) => status !== 200);
    expect(new Set(booked.map(({ text }) => text)).size).toBe(1);
    expect(others.map(({ body }) => (body as { code?: string }).code)).toEqual(others.map(() => 'request_in_progress'));
    const again = await stack.appointment.book(request, key);
    expect([again.text, again.headers['idempotent-replayed']]).toEqual([booked[0]?.text, 'true']);
    const bookings = (await stack.appointment.list()).filter(({ name }) => name === request.name);
    expect(bookings.map(({ id }) => id)).toEqual([bookingIdOf(again)]);
    const appointments = (await stack.reservation.list()).filter(({ patient_name }) => patient_name === request.name);
    expect(appointments.map(({ reference }) => reference)).toEqual([bookingIdOf(again)]);
    await stack.audited();
  });
});

describe('A replica that goes away', () => {
  test('When the owner of a booking is killed for good, Then another replica ends it within 15 s', async () => {
    const payments = stack.replicas('payment');
    await Promise.all(payments.map(({ pause }) => pause()));
    const request = { name: 'Orphan', doctor: 'John Doe', date: freshDay(), cardNum: SETTLES };
    const id = String(bookingIdOf(await stack.appointment.book(request, { prefer: 'respond-async' })));
    const owner = await vi.waitUntil(async () => (await stack.paying(id))[0], { timeout: 4_000, interval: 50 });
    await owner.kill();
    await Promise.all(payments.map(({ unpause }) => unpause()));
    expect(await stack.ending(id)).toEqual([]);

    const status = async () => (await stack.appointment.find(id)).body.status;
    await expect.poll(status, { timeout: TAKEOVER_DEADLINE_MS }).toMatch(/^(confirmed|compensated)$/);
    const [heir] = await stack.ending(id);
    expect(heir?.id).toEqual(expect.any(String));
    expect(heir?.id).not.toBe(owner.id);
    expect((await owner.inspect()).State.Status).toBe('exited');
    await stack.audited();

    await owner.start();
    await untilServing(3, STARTED_WITHIN_MS);
  });

  test('When one is paused during bookings, Then it gets no more of them until it goes on', async () => {
    const [victim] = stack.replicas('appointment') as [Container];
    await using bookings = startBookings(stack);
    await bookings.see(8, 200);
    await victim.pause();
    await untilServingSteadily(2);
    // So many that each replica would get some of them, however busy it seems.
    const burst = await Promise.all(Array.from({ length: 18 }, () => bookOnce(stack)));
    await victim.unpause();
    // A request to the one that is paused would have been held until the balancer gave up.
    expect(burst.filter(({ id }) => id === undefined)).toEqual([]);
    expect(burst.map(({ status }) => status)).toContain(200);
    expect(Math.max(...burst.map(({ tookMs }) => tookMs))).toBeLessThan(BALANCER_GIVES_UP_MS / 2);

    await untilServing(3, NOTICED_WITHIN_MS);
    const before = await servedBy(victim, BOOKING_PATH);
    await bookings.see(12, 200);
    await expectTruth([...burst, ...(await bookings.stop())]);
    expect(await servedBy(victim, BOOKING_PATH)).toBeGreaterThan(before);
  });

  test('When one is stopped and started during bookings, Then no client notices', async () => {
    const [, victim] = stack.replicas('appointment') as [Container, Container];
    await using bookings = startBookings(stack);
    await bookings.see(8, 200);
    await victim.stop();
    await untilServing(2, NOTICED_WITHIN_MS);
    await bookings.see(8, 200);
    await victim.start();
    await untilServing(3, STARTED_WITHIN_MS);
    await bookings.see(8, 200);
    const seen = await bookings.stop();
    await expectTruth(seen);
    expectUnnoticed(seen);
  });
});

describe('PostgreSQL', () => {
  test('When it goes and comes back during bookings, Then every reply agrees with the stores and all bookings end', async () => {
    await using bookings = startBookings(stack);
    await bookings.see(8, 200);
    await stack.postgres.stop();
    // After the replicas' patience with PostgreSQL is over, a request is refused at once and nothing has begun.
    const none = mapServices(SERVICE_NAMES, () => 0);
    const timeout = STORE_PATIENCE_MS + NOTICED_WITHIN_MS;
    await expect.poll(stack.serving, { timeout, interval: 100 }).toEqual(none);
    const refused = await bookOnce(stack);
    await stack.postgres.start();
    expect([refused.status, refused.body]).toEqual([503, expect.objectContaining({ code: 'no_replica' })]);
    await bookings.see(12, 200);
    await expectTruth([refused, ...(await bookings.stop())]);
  });

  test('When it is restarted at once during bookings, Then every reply agrees with the stores and all bookings end', async () => {
    await using bookings = startBookings(stack);
    await bookings.see(8, 200);
    await stack.postgres.restart();
    await bookings.see(12, 200);
    const seen = await bookings.stop();
    await expectTruth(seen);
    // All replicas wait for it, so none of them is taken away.
    expect(seen.map(({ body }) => (body as { code?: string } | undefined)?.code)).not.toContain('no_replica');
  });

  test.each(SERVICE_NAMES)('When %s connects, Then it can open its own database only', async (service) => {
    const doors = SERVICE_NAMES.map((database) => [database, database === service ? 'open' : PERMISSION_DENIED]);
    const roles = SERVICE_NAMES.map((role) => [`as ${role}`, role === service ? 'open' : WRONG_PASSWORD]);
    expect(await stack.databasesOpenTo(service)).toEqual({
      ...Object.fromEntries(doors),
      ...Object.fromEntries(roles),
      'the superuser': WRONG_PASSWORD,
    });
  });
});

describe('The containers', () => {
  test('When they are inspected, Then all are hardened and none runs as root', async () => {
    const all = await stack.inspectAll();
    expect(all.map(([service, { HostConfig }]) => [service, HostConfig])).toMatchObject(
      all.map(([service]) => [service, HARDENED]),
    );
    for (const [service, { HostConfig, Config }] of all) {
      expect([service, HostConfig.Memory]).toEqual([service, MEMORY[service] ?? MEMORY.others]);
      expect([service, HostConfig.PidsLimit]).toEqual([service, service === 'postgres' ? 400 : 100]);
      expect([service, Config.User]).toEqual([service, expect.stringMatching(/^(node|postgres|haproxy)$/)]);
    }
  });

  test('When their ports are listed, Then only the balancer has some, the backends on the loopback address', async () => {
    const published = (await stack.inspectAll()).flatMap(([service, { NetworkSettings }]) =>
      Object.entries(NetworkSettings.Ports).flatMap(([port, bindings]) =>
        (bindings ?? []).map(({ HostIp }) => [service, port, HostIp]),
      ),
    );
    expect(published.filter(([, port]) => port !== '9090/tcp').toSorted()).toEqual(
      BACKEND_NAMES.map((name) => ['balancer', `${serviceNamed(name).port}/tcp`, '127.0.0.1']).toSorted(),
    );
    expect(published.filter(([, port]) => port === '9090/tcp')).toContainEqual(['balancer', '9090/tcp', '0.0.0.0']);
  });
});

describe('A card number', () => {
  /** Of a booking that was confirmed: it must be found wherever the card must not. */
  let reference = '';

  test('When it is charged, retried, declined and malformed, Then each gets its status', async () => {
    const request = { name: 'Canary Bird', doctor: 'John Doe', date: freshDay(), cardNum: CANARY };
    const key = { 'idempotency-key': randomUUID() };
    const send = (json: unknown) => stack.appointment.send('POST', BOOKING_PATH, { json });
    const booked = await stack.appointment.book(request, key);
    reference = String(bookingIdOf(booked));
    const others = [
      await stack.appointment.book(request, key),
      await stack.appointment.book({ ...request, cardNum: DECLINED }),
      await stack.appointment.book({ ...request, date: CANARY }),
      await send({ ...request, cardNum: Number(CANARY) }),
      await send({ ...request, more: CANARY.repeat(1_100) }),
    ];
    expect([booked, ...others].map(({ status }) => status)).toEqual([200, 200, 402, 400, 400, 413]);
    expect(findCards(Buffer.from(others.map(({ text }) => text).join()), [CANARY, DECLINED])).toEqual([]);
  });

  test('When the logs of all containers are searched, Then nothing of it is in them', async () => {
    const logs = await stack.logs();
    for (const written of [reference, 'appointment/replica1', 'database system is ready'])
      expect([written, logs.includes(written)]).toEqual([written, true]);
    expect(findCards(logs, [CANARY, DECLINED])).toEqual([]);
  });

  test('When it is in the address of a request that fails, Then the balancer does not log it', async () => {
    const payments = stack.replicas('payment');
    await Promise.all(payments.map(({ pause }) => pause()));
    const request = { name: 'Canary Bird', doctor: 'John Doe', date: freshDay(), cardNum: CANARY };
    const response = await stack.appointment.send('POST', `${BOOKING_PATH}?card=${CANARY}`, { json: request });
    await Promise.all(payments.map(({ unpause }) => unpause()));
    expect(response.status).toBe(503);
    const log = await stack.balancer.logs();
    expect(log).toContain(' 503 ');
    expect(findCards(Buffer.from(log), [CANARY])).toEqual([]);
    await stack.audited();
  });

  test('When every row of PostgreSQL is searched, Then nothing of it is there', async () => {
    const rows = Buffer.from(await stack.postgres.exec('pg_dumpall', '--username=postgres'));
    for (const written of [reference, ...SERVICE_NAMES.map((service) => `\\connect ${service}`)])
      expect([written, rows.includes(written)]).toEqual([written, true]);
    expect(findCards(rows, [CANARY, DECLINED])).toEqual([]);
  });

  test('When every file of PostgreSQL is searched, Then nothing of it is there', async () => {
    await stack.postgres.exec('psql', '--username=postgres', '--command=checkpoint');
    const files = await stack.postgres.copy('/var/lib/postgresql');
    for (const written of [reference, 'pg_wal/0000'])
      expect([written, files.includes(written)]).toEqual([written, true]);
    expect(findCards(files, [CANARY, DECLINED])).toEqual([]);
  });
});

test('When replicas get the next image and the one before, one after the other under load, Then no client notices', async () => {
  await using next = await buildNextImage();
  const migrations = () =>
    stack.postgres.exec('psql', '--username=postgres', 'appointment', '--command=select name from kysely_migration');
  // Two tell as much as three, in less time.
  await docker('rm', '--force', String(stack.replicas('appointment')[2]?.id));
  await stack.lookAgain();
  await untilServing(2, NOTICED_WITHIN_MS);
  await using bookings = startBookings(stack);
  await bookings.see(8, 200);
  expect(await migrations()).not.toContain(LATER_MIGRATION);

  for (const files of [[...SCALED_FILES, next.composeFile], SCALED_FILES]) {
    await runCompose(stack, files, 'deploy/roll', 'appointment');
    await stack.lookAgain();
    await bookings.see(8, 200);
    expect(await migrations()).toContain(LATER_MIGRATION);
  }

  const seen = await bookings.stop();
  await expectTruth(seen);
  expectUnnoticed(seen);
});
