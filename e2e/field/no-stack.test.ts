import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { takePort } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test.each(['audit', 'demo'])(
  'When there is no stack, Then npm run %s has the address and what to start',
  async (script) => {
    const port = String(await takePort());
    const env = { ...process.env, RESERVATION_PORT: port, PAYMENT_PORT: port, APPOINTMENT_PORT: port };

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
