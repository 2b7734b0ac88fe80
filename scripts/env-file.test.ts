import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { SERVICE_NAMES, settingOf } from '../services.ts';
import { temporaryFolder } from '../store/testing/index.ts';

const ROOT = resolve(import.meta.dirname, '..');

let tokens: Array<string | undefined>;
// Stands for the whole stack: what matters is that it is asked, and with which token.
const server = createServer((request, response) => {
  tokens.push(request.headers.authorization);
  response.setHeader('content-type', 'application/json').end('{"items":[],"nextCursor":null}');
});
const checkout = temporaryFolder();

beforeAll(async () => {
  for (const name of ['scripts', 'node_modules']) symlinkSync(join(ROOT, name), join(checkout.path, name));
  copyFileSync(join(ROOT, 'package.json'), join(checkout.path, 'package.json'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const ports = SERVICE_NAMES.map((name) => `${settingOf(name, 'PORT')}=${port}\n`);
  writeFileSync(join(checkout.path, '.env'), `${ports.join('')}OPERATOR_TOKEN=a-token-of-the-file\n`);
});
beforeEach(() => {
  tokens = [];
});
afterAll(() => {
  server.close();
  checkout[Symbol.dispose]();
});

async function runScript(script: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { PATH } = process.env;
  const child = spawn('npm', ['run', '--silent', script], {
    cwd: checkout.path,
    env: { PATH, ...env },
    stdio: 'ignore',
  });
  await once(child, 'close');
}

test.each(['audit', 'demo'])(
  'When there is a .env, Then npm run %s finds the stack and its token there',
  async (script) => {
    await runScript(script, {});

    expect(tokens).toContain('Bearer a-token-of-the-file');
  },
);

test.each(['audit', 'demo'])('When the environment says otherwise, Then it wins with npm run %s', async (script) => {
  await runScript(script, { OPERATOR_TOKEN: 'a-token-of-the-environment' });

  expect(tokens).toContain('Bearer a-token-of-the-environment');
  expect(tokens).not.toContain('Bearer a-token-of-the-file');
});
