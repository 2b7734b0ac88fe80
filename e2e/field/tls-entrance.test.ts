import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type RequestListener, request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@appointments/chassis/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificate } from '../src/certificate.ts';
import { type NpmStart, runNpmStart } from '../src/field/npm-start.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCRIPTS = ['demo', 'audit'];

const folder = temporaryFolder();
// For a name that this machine does not have: the scripts call its address.
const certificate = makeCertificate(folder.path, 'book.example.com');

let stack: NpmStart;
let entrance: Awaited<ReturnType<typeof startEntrance>>;
beforeAll(async () => {
  stack = await runNpmStart();
  await stack.untilReady();
  entrance = await startEntrance(stack.ports.appointment);
});
afterAll(async () => {
  await entrance?.[Symbol.asyncDispose]();
  await stack?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Ends TLS in front of the orchestrator, as the balancer does. */
async function startEntrance(port: number) {
  const passOn: RequestListener = (incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const onward = request({ port, method, path, headers }, (response) => {
      outgoing.writeHead(response.statusCode as number, response.headers);
      response.pipe(outgoing);
    });
    incoming.pipe(onward);
  };
  const pem = readFileSync(certificate);
  const server = createServer({ cert: pem, key: pem }, passOn).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Runs a script as `make` does, with the settings of the stack. */
async function runScript(script: string, settings: NodeJS.ProcessEnv) {
  const env = { ...process.env, ...stack.env, APPOINTMENT_PORT: String(entrance.port), ...settings };
  const child = spawn(process.execPath, [`scripts/${script}.ts`], { cwd: ROOT, env, stdio: 'pipe' });
  const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { stdout, stderr, exitCode };
}

function fileWith(content: string): string {
  const path = join(folder.path, `${Math.random()}.pem`);
  writeFileSync(path, content);
  return path;
}

describe.each(SCRIPTS)('When the entrance takes TLS and make %s is run', (script) => {
  test('Then with its certificate all is as expected', async () => {
    const { stdout, stderr, exitCode } = await runScript(script, { EDGE_CERT_FILE: certificate });

    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout).toMatch(/^ok/m);
    expect(stdout).not.toMatch(/^FAIL/m);
  });

  test.each([
    ['the certificate of another server', () => makeCertificate(folder.path, 'other.example.com'), 'does not show'],
    ['no certificate', () => fileWith('canary'), 'EDGE_CERT_FILE: the file has no certificate'],
    ['nothing', () => join(folder.path, 'nowhere.pem'), 'EDGE_CERT_FILE: the file cannot be read (ENOENT)'],
  ])('Then a file with %s is an error in a sentence', async (_what, fileOf, expected) => {
    const { stdout, stderr, exitCode } = await runScript(script, { EDGE_CERT_FILE: fileOf() });

    expect([stdout, exitCode]).toEqual(['', 2]);
    expect(stderr).toContain(expected);
    expect(stderr.trimEnd()).not.toMatch(/\n|canary/);
  });

  test('Then a port that takes no TLS is told apart from one that nothing listens on', async () => {
    const plain = String(stack.ports.appointment);
    const { stderr, exitCode } = await runScript(script, { EDGE_CERT_FILE: certificate, APPOINTMENT_PORT: plain });

    expect(exitCode).toBe(2);
    expect(stderr).toContain(`https://127.0.0.1:${plain} does not show the certificate of EDGE_CERT_FILE`);
  });
});
