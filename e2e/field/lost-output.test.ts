import { expect, test } from 'vitest';
import { SERVICE_NAMES } from '../../services.ts';
import { book, runNpmStart } from '../src/field/npm-start.ts';

// More log lines than a pipe holds.
const BOOKINGS = 60;

// What becomes of the log: what reads it, or where it goes.
const LOGS: Array<[what: string, shell: string]> = [
  ['a reader that ends after some lines', '$START | head -20'],
  ['a reader that ends at once', '$START | true'],
  ['a reader that stops reading', '$START | (head -1; sleep 600)'],
  ['a reader that ends, errors too', '$START 2>&1 | head -1'],
  ['a disk that is full', '$START >/dev/full 2>/dev/full'],
  ['no output at all', '$START >&- 2>&-'],
];

test.each(LOGS)('When the log has %s, Then no booking is lost and all processes live', async (_what, shell) => {
  // Some lines are written while it starts, most of them at debug.
  await using stack = await runNpmStart({ shell, env: { LOG_LEVEL: 'debug' } });
  await stack.untilReady();
  const before = stack.processes().filter(({ command }) => command.includes('main.ts'));

  for (let sent = 0; sent < BOOKINGS; sent += 1) expect(await book(stack.urlOf('appointment'))).toBe(200);

  for (const url of stack.urls) expect((await fetch(`${url}/livez`)).status).toBe(200);
  expect(stack.processes().filter(({ command }) => command.includes('main.ts'))).toEqual(before);
  expect(before).toHaveLength(SERVICE_NAMES.length);
});
