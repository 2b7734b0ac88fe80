import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { signalProcess, takePort, waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { SERVICE_NAMES } from '../../services.ts';
import { book, type NpmStart, runNpmStart } from '../src/field/npm-start.ts';

const isService = ({ command }: { command: string }) => command.includes('main.ts');

function killStarter(stack: NpmStart): void {
  for (const { pid, command } of stack.processes()) if (command.includes('start.ts')) signalProcess(pid, 'SIGKILL');
}

test('When npm start is killed, Then its services end', async () => {
  await using stack = await runNpmStart();
  await stack.untilReady();
  expect(stack.processes().filter(isService)).toHaveLength(SERVICE_NAMES.length);

  killStarter(stack);

  await waitUntil('no service is left', () => stack.processes().length === 0);
});

test('When npm start is killed before its services listen, Then they end as well', async () => {
  await using stack = await runNpmStart();
  await waitUntil('they start', () => stack.processes().filter(isService).length === SERVICE_NAMES.length);

  killStarter(stack);

  await waitUntil('no service is left', () => stack.processes().length === 0);
});

test('When the stack is ready, Then it names console and docs, and a booking is two lines', async () => {
  await using stack = await runNpmStart();
  await stack.untilReady();
  await waitUntil('it says so', () => /^Docs .*$\n/m.test(stack.output.stdout));
  for (const name of ['Console', 'Docs']) {
    const url =
      new RegExp(`^${name} +(http://localhost:${stack.ports.appointment}/\\w+)$`, 'm').exec(stack.output.stdout)?.[1] ??
      '';
    expect((await fetch(url)).status).toBe(200);
  }
  const linesOf = (text: string) => stack.output.stdout.split('\n').filter((line) => line.includes(text));

  expect(await book(stack.urlOf('appointment'))).toBe(200);

  await waitUntil('the request is told', async () => linesOf('/doctorAppoinment/reservation"').length > 0);
  const [request = '{}'] = linesOf('/doctorAppoinment/reservation"');
  const { saga } = JSON.parse(request);
  expect(linesOf(saga).map((line) => JSON.parse(line).message)).toEqual(['saga completed', 'request']);
});

test('When SIGTERM comes to starter and services at once, Then what is under way ends and the exit code is 0', async () => {
  await using stack = await runNpmStart();
  await stack.untilReady();
  const replies = Promise.all(stack.urls.map((url) => fetch(`${url}/livez`).then(({ status }) => status)));
  await replies;

  for (const round of ['first', 'second']) {
    for (const { pid } of stack.processes()) if (round) signalProcess(pid, 'SIGTERM');
  }

  expect(await stack.exited).toBe(0);
  expect(stack.output.stdout.match(/"message":"stopped"/g)).toHaveLength(SERVICE_NAMES.length);
});

test.each(['SIGUSR1', 'SIGUSR2'] as const)('When %s comes, Then everything goes on', async (signal) => {
  await using stack = await runNpmStart();
  await stack.untilReady();
  const before = stack.processes();

  for (const { pid, command } of before) if (/(main|start)\.ts/.test(command)) signalProcess(pid, signal);

  // What opens or ends does so after the signal, and before what the process is asked next.
  for (const url of [...stack.urls, ...stack.urls]) expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(stack.processes()).toEqual(before);
  expect(stack.output.stderr).toBe('');
});

async function holdPort(answer: string | undefined) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (answer !== undefined) socket.end(answer);
  });
  const port = await takePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { port, [Symbol.dispose]: () => void server.close() };
}

test.each([
  ['is silent', undefined],
  ['says that it is ready', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok'],
  ['speaks something else', 'SSH-2.0-x\r\n'],
])('When a port is taken by something that %s, Then one sentence has it and the variable', async (_what, answer) => {
  using holder = await holdPort(answer);
  await using stack = await runNpmStart({ env: { PAYMENT_PORT: String(holder.port) } });

  expect(await stack.exited).toBe(1);
  expect(stack.output.stderr).toBe(`${holder.port} is in use; PAYMENT_PORT moves it\n`);
  expect(stack.output.stdout).not.toContain('Ready');
});

test('When two services have one port, Then both variables are named', async () => {
  const port = String(await takePort());
  await using stack = await runNpmStart({ env: { RESERVATION_PORT: port, PAYMENT_PORT: port } });

  expect(await stack.exited).toBe(1);
  expect(stack.output.stderr).toBe(`${port} is that of RESERVATION_PORT as well; PAYMENT_PORT moves it\n`);
});

test('When a second stack has the data folder of the first, Then it says so and the first goes on', async () => {
  await using first = await runNpmStart();
  await first.untilReady();
  await using second = await runNpmStart({ env: { DATA_DIR: first.env.DATA_DIR } });

  expect(await second.exited).toBe(1);
  expect(second.output.stderr).toMatch(/DATABASE_URL: another process works on this SQLite file/);
  expect(second.output.stderr).not.toMatch(/\n\s+at /);
  await first.untilReady();
});

// Each spoils the folder; the sentence has to have the path.
const FOLDERS: Array<[what: string, spoil: (folder: string) => void, dataDir: string, variable: string]> = [
  ['a file', (folder) => writeFileSync(`${folder}/data`, ''), 'data', 'DATA_DIR'],
  ['below a file', (folder) => writeFileSync(`${folder}/file`, ''), 'file/data', 'DATA_DIR'],
  ['below a device', () => {}, '/dev/null/data', 'DATA_DIR'],
  ['where no folder can be made', () => {}, '/proc/data', 'DATA_DIR'],
];

test.each(FOLDERS)(
  'When DATA_DIR is %s, Then one sentence has variable and path',
  async (_what, spoil, dataDir, variable) => {
    await using other = await runNpmStart({ shell: 'true' });
    spoil(other.folder);
    chmodSync(other.folder, 0o755);
    const path = dataDir.startsWith('/') ? dataDir : `${other.folder}/${dataDir}`;
    await using stack = await runNpmStart({ env: { DATA_DIR: path } });

    expect(await stack.exited).toBe(1);
    expect(stack.output.stderr).toMatch(new RegExp(`^${variable}: ${path} cannot be used: [^\\n]+\\n$`));
  },
);
