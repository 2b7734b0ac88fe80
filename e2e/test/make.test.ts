import { takePort, temporaryFolder } from '@appointments/chassis/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { SERVICE_NAMES, settingOf } from '../../services.ts';
import { uniqueProject } from '../src/environment.ts';
import { GUIDE_CURL, GUIDE_REPLY } from '../src/guide.ts';
import { docker, run } from '../src/run.ts';
import { OPERATOR_TOKEN } from '../src/stack-settings.ts';

// `make e2e` runs these tests, and its settings are not for the make under test.
const OUTER_MAKE = { MAKEFLAGS: '', MAKELEVEL: '0' };

test('When no engine responds, Then make up says what to do instead and fails', async () => {
  const { exitCode, stdout, stderr } = await run('make', ['up'], { ...OUTER_MAKE, DOCKER_HOST: 'tcp://127.0.0.1:9' });
  expect(exitCode).not.toBe(0);
  expect(String(stdout)).toMatch(/npm start/);
  expect(`${stdout}${stderr}`).not.toMatch(/Cannot connect to the Docker daemon/);
});

describe('make up', () => {
  const project = uniqueProject();
  const env: NodeJS.ProcessEnv = { ...OUTER_MAKE, COMPOSE_PROJECT_NAME: project, OPERATOR_TOKEN, SERVICE_TOKEN: '' };
  afterAll(() => docker('compose', '--project-name', project, 'down', '--volumes'));

  test("When it is done, Then the curl line that it prints gets the guide's reply", async () => {
    for (const service of SERVICE_NAMES) env[settingOf(service, 'PORT')] = String(await takePort());
    const up = await run('make', ['up'], env);
    expect(up.exitCode, String(up.stderr)).toBe(0);
    const line = /^\s*(curl .*)$/m.exec(String(up.stdout))?.[1] ?? '';
    expect(line).toBe(GUIDE_CURL.replace('9090', String(env.APPOINTMENT_PORT)));
    const { stdout } = await run('sh', ['-c', line.replace('curl ', 'curl -sS ')]);
    expect(JSON.parse(String(stdout))).toEqual({ ...GUIDE_REPLY, payment_id: expect.any(String) });
  });

  test.each(['demo', 'audit'])('When npm run %s is run on it, Then all is as expected', async (script) => {
    const { exitCode, stdout, stderr } = await run('npm', ['run', '--silent', script], env);
    expect(`${stdout}${stderr}`).not.toMatch(/FAIL/);
    expect(String(stdout)).toMatch(/^ok/m);
    expect(exitCode).toBe(0);
  });

  describe('make restore', () => {
    const folder = temporaryFolder();
    afterAll(() => folder[Symbol.dispose]());
    const archive = `${folder.path}/backup.tar`;
    // In a shell that lacks what the containers were made with.
    const make = (goal: string, file = archive) =>
      run('sh', ['-c', `make --silent ${goal}`], { ...env, OPERATOR_TOKEN: '', ARCHIVE: file });
    const count = async () => {
      const headers = { authorization: `Bearer ${OPERATOR_TOKEN}` };
      const response = await fetch(`http://127.0.0.1:${env.APPOINTMENT_PORT}/bookings?limit=200`, { headers });
      return ((await response.json()) as { items: unknown[] }).items.length;
    };
    const inspect = async (format: string) => {
      const ids = await docker('compose', '--project-name', project, 'ps', '--all', '--quiet');
      return String(await docker('inspect', '--format', format, ...String(ids).trim().split('\n').toSorted()));
    };
    test('When it gets what make backup wrote, Then later bookings are gone, the books agree and the settings are kept', async () => {
      const kept = await count();
      expect(String((await make('backup >"$ARCHIVE"')).stderr)).toBe('');
      await run('sh', ['-c', GUIDE_CURL.replace('9090', String(env.APPOINTMENT_PORT))]);
      expect(await count()).toBe(kept + 1);
      const containers = await inspect('{{.Id}}');

      const restored = await make('restore <"$ARCHIVE"');

      expect(restored.exitCode, String(restored.stderr)).toBe(0);
      expect(await inspect('{{.Id}}')).toBe(containers);
      expect(await count()).toBe(kept);
      expect((await run('npm', ['run', '--silent', 'audit'], env)).exitCode).toBe(0);
    });

    test.each([
      ['is none', 'echo garbage >"$FILE"', 'the archive on standard input is no whole tar archive'],
      [
        'has a damaged copy',
        'mkdir copies; tar -xC copies <"$ARCHIVE"; echo garbage >copies/payment.db; tar -cC copies . >"$FILE"',
        'the copy payment.db is damaged',
      ],
    ])('When the archive %s, Then it says so and stops no container', async (_what, spoil, sentence) => {
      const file = `${folder.path}/bad.tar`;
      const started = await inspect('{{.State.StartedAt}}');
      const kept = await count();
      await run('sh', ['-euc', `cd "$FOLDER"; ${spoil}`], { ARCHIVE: archive, FILE: file, FOLDER: folder.path });

      const refused = await make('restore <"$ARCHIVE"', file);

      expect(refused.exitCode).not.toBe(0);
      expect(String(refused.stderr)).toContain(`Nothing was restored: ${sentence}\n`);
      expect(await inspect('{{.State.StartedAt}}')).toBe(started);
      expect(await count()).toBe(kept);
    });

    test('When a store cannot be replaced, Then it says so, and the services go on with the stores that they had', async () => {
      await docker(
        'compose',
        '--project-name',
        project,
        'exec',
        'reservation',
        'mkdir',
        '/data/reservation.db.replaced',
      );

      const kept = await count();

      const failed = await make('restore <"$ARCHIVE"');

      expect(failed.exitCode).not.toBe(0);
      expect(String(failed.stderr)).toMatch(/^Nothing was restored: /m);
      expect(await count()).toBe(kept);
      expect((await run('npm', ['run', '--silent', 'audit'], env)).exitCode).toBe(0);
    });
  });

  test('When make down follows, Then the containers are gone and the data is kept', async () => {
    expect((await run('make', ['down'], env)).exitCode).toBe(0);
    const mine = ['--quiet', '--filter', `label=com.docker.compose.project=${project}`];
    expect(String(await docker('container', 'ls', '--all', ...mine))).toBe('');
    expect(
      String(await docker('volume', 'ls', ...mine))
        .trim()
        .split('\n'),
    ).toHaveLength(SERVICE_NAMES.length);
  });
});
