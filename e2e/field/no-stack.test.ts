import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { takePort } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { SERVICE_NAMES, settingOf } from '../../services.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test.each(['audit', 'demo'])(
  'When there is no stack, Then npm run %s has the address and what to start',
  async (script) => {
    const port = String(await takePort());
    const ports = SERVICE_NAMES.map((name) => [settingOf(name, 'PORT'), port]);
    const env = { ...process.env, ...Object.fromEntries(ports) };

    const { status, stderr } = spawnSync(process.execPath, [`scripts/${script}.ts`], {
      cwd: ROOT,
      env,
      encoding: 'utf8',
    });

    expect(status).toBe(2);
    expect(stderr).toMatch(
      new RegExp(`^[^\\n]*http://127\\.0\\.0\\.1:${port}[^\\n]*'make up' or 'npm start'[^\\n]*\\n$`),
    );
  },
);
