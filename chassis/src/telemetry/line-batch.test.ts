import { spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { createLineBatch } from './line-batch.ts';

const moduleUrl = new URL('line-batch.ts', import.meta.url).href;

test('When lines come in one turn of the event loop, Then they are written at once and in order', async () => {
  const output = new PassThrough();
  const write = vi.spyOn(output, 'write');
  const batch = createLineBatch(output);

  for (const line of ['a\n', 'b\n', 'ü\n']) batch.write(line);
  expect(write).not.toHaveBeenCalled();
  await new Promise((resolve) => setImmediate(resolve));

  expect(write.mock.calls).toEqual([['a\nb\nü\n']]);
  batch.write('later\n');
  await new Promise((resolve) => setImmediate(resolve));
  expect(write.mock.calls.slice(1)).toEqual([['later\n']]);
});

test.each([
  ['calls process.exit', 'process.exit(3)'],
  ['throws', 'throw new Error("on purpose")'],
  ['comes to its end', ''],
])('When a process %s, Then its last lines have been written', (_what, ending) => {
  const code = `
    import { createLineBatch } from ${JSON.stringify(moduleUrl)};
    createLineBatch(process.stdout).write('the last line\\n');
    ${ending}`;

  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' });

  expect(stdout).toBe('the last line\n');
});
