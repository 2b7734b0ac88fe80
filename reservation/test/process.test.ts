import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiReply, temporaryFolder, waitUntil } from '@appointments/chassis/testing';
import { lockStore } from 'durable-store';
import { describe, expect, test } from 'vitest';
import { runUntilExit, startReservationProcess } from './reservation-process.ts';
import { REQUEST } from './reservation-service.ts';

const CANARY = '4929123456781234';

/** The n-th day of a long while, so that no day is ever full. */
const dayNumber = (n: number) => `${String((n % 28) + 1).padStart(2, '0')}-01-${2000 + Math.floor(n / 28)}`;

describe('a start that cannot be', () => {
  test('When environment and DOCTORS_FILE are wrong, Then exit code 1 and every problem by name, none by value', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'doctors.json');
    writeFileSync(file, JSON.stringify([{ name: 'Ann', speciality: 'x', fee: 'free-canary', slots: ['noon-canary'] }]));

    const { code, stdout, stderr } = await runUntilExit({
      PORT: 'canary',
      LOG_LEVEL: 'canary',
      DATABASE_URL: 'canary://x',
      DOCTORS_FILE: file,
    });

    expect(code).toBe(1);
    expect(stderr.match(/^ {2}- \w+/gm)).toEqual([
      '  - PORT',
      '  - LOG_LEVEL',
      '  - DATABASE_URL',
      '  - DOCTORS_FILE',
      '  - DOCTORS_FILE',
    ]);
    expect(stderr).toContain('[0.fee]');
    expect(stderr).toContain('[0.slots.0]');
    expect(stderr + stdout).not.toMatch(/canary/);
  });

  test('When DOCTORS_FILE is not there, Then exit code 1 says so', async () => {
    const { code, stderr } = await runUntilExit({ DOCTORS_FILE: '/no/such/file.json' });

    expect(code).toBe(1);
    expect(stderr).toContain('DOCTORS_FILE: ENOENT');
    expect(stderr).not.toContain('/no/such');
  });

  test.each([
    [
      'does not listen',
      'postgres://someone:canary@127.0.0.1:1/store',
      /DATABASE_URL: The store does not answer\. \(ECONNREFUSED\)/,
    ],
    [
      'is not known',
      'postgres://someone:canary@canary.invalid/store',
      /DATABASE_URL: The store does not answer\. \((ENOTFOUND|EAI_AGAIN)\)/,
    ],
  ])('When the PostgreSQL server %s, Then exit code 1 and one sentence', async (_what, url, sentence) => {
    const { code, stderr } = await runUntilExit({ DATABASE_URL: url, PORT: '0' });

    expect(code).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/canary|\n\s+at /);
  });

  test.each([
    [{ HOST: '192.0.2.1' }, 'HOST: is no address of this machine'],
    [{ DATABASE_URL: 'sqlite:/dev/null/x.db' }, 'DATABASE_URL: the SQLite file /dev/null/x.db cannot be used: '],
  ])('When %j cannot be used, Then exit code 1 and one sentence by name', async (env, sentence) => {
    using folder = temporaryFolder();
    const { code, stderr } = await runUntilExit({ DATABASE_URL: `sqlite:${folder.path}/x.db`, PORT: '0', ...env });

    expect(code).toBe(1);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('When another process has the SQLite file, Then exit code 1 says so', async () => {
    using folder = temporaryFolder();
    const url = `sqlite:${join(folder.path, 'reservation.db')}`;
    const unlock = lockStore(url);

    const { code, stderr } = await runUntilExit({ DATABASE_URL: url });

    expect(code).toBe(1);
    expect(stderr).toBe(`The environment is not acceptable:
  - DATABASE_URL: another process works on this SQLite file; a file is for one process
`);
    await unlock();
  });
});

function unlessRefused(error: Error & { cause?: { code?: string } }): undefined {
  if (error.cause?.code !== 'ECONNREFUSED') throw error;
}

describe('a stop', () => {
  test('When SIGTERM comes under load, Then no request fails, exit code 0, and a new start has it all', async () => {
    using folder = temporaryFolder();
    await using service = await startReservationProcess(folder.path);
    const replies: ApiReply[] = [];
    let sent = 0;
    /** Sends one request after the other until a connection is refused: that request was never in flight. */
    async function client(): Promise<void> {
      for (;;) {
        const reply = await service.create({ ...REQUEST, date: dayNumber(sent++) }).catch(unlessRefused);
        if (!reply) return;
        replies.push(reply);
      }
    }
    const clients = Array.from({ length: 20 }, client);
    await waitUntil('the load runs', () => replies.length > 100);

    const stopped = service.stop('SIGTERM');
    await Promise.all(clients);

    expect(await stopped).toBe(0);
    expect(service.output.stderr).toBe('');
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    await using next = await startReservationProcess(folder.path);
    for (const { json } of replies.slice(-25)) {
      expect((await next.find(json.appointmentId)).json).toMatchObject({ ...json, status: 'booked' });
    }
  });

  test('When SIGTERM comes, Then readyz fails while livez still responds', async () => {
    using folder = temporaryFolder();
    await using service = await startReservationProcess(folder.path);
    const ready = () => fetch(`${service.url}/readyz`).then(({ status }) => status);
    expect(await ready()).toBe(200);

    const stopped = service.stop('SIGTERM');
    await waitUntil('readyz fails', async () => (await ready()) === 503);
    expect((await fetch(`${service.url}/livez`)).status).toBe(200);

    expect(await stopped).toBe(0);
  });
});

describe('kill -9', () => {
  test('When it comes during 500 requests, Then every 200 seen is in the store and no key is stuck', async () => {
    using folder = temporaryFolder();
    const bodies = Array.from({ length: 500 }, (_, n) => ({ ...REQUEST, cardNum: CANARY, date: dayNumber(n % 70) }));
    const seen = new Map<number, ApiReply>();
    await using service = await startReservationProcess(folder.path);

    const send = (from: number, to?: number) =>
      bodies
        .slice(from, to)
        .map((body, n) => service.create(body, `key-${from + n}`).then((reply) => seen.set(from + n, reply)));
    const sent = send(0, 400);
    await waitUntil('some have responses', () => seen.size >= 50);
    // These are on their way when it comes, however fast the others were.
    sent.push(...send(400));
    const settled = Promise.allSettled(sent);
    await service.stop('SIGKILL');
    const failed = (await settled).filter(({ status }) => status === 'rejected').length;
    expect(failed).toBeGreaterThan(0);

    await using next = await startReservationProcess(folder.path);
    for (const { json } of seen.values()) {
      expect((await next.find(json.appointmentId)).json).toMatchObject({ ...json, status: 'booked' });
    }
    const retries = await Promise.all(bodies.map((body, n) => next.create(body, `key-${n}`)));
    expect(retries.filter(({ status }) => status !== 200).map(({ json }) => json.code)).toEqual([]);
    for (const [n, reply] of seen) expect(retries[n]?.text).toBe(reply.text);
    const { items } = (await next.list('?limit=500')).json;
    expect(new Set(items.map(({ reference }: { reference: string }) => reference)).size).toBe(500);
    expect(items).toHaveLength(500);
    expect(service.output.stdout + next.output.stdout).not.toContain(CANARY);
  });
});
