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

test('When nobody reads what is written, Then lines are lost and memory is not, until somebody reads again', async () => {
  const output = new PassThrough();
  const batch = createLineBatch(output);
  const line = `${'x'.repeat(999)}\n`;

  for (let turn = 0; turn < 5_000; turn += 1) {
    batch.write(line);
    if (turn % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(output.writableLength + output.readableLength).toBeLessThan(1_200_000);

  output.resume();
  await new Promise((resolve) => setImmediate(resolve));
  const read = vi.fn();
  output.on('data', read);
  batch.write('read again\n');
  await vi.waitFor(() => expect(String(read.mock.lastCall?.[0])).toContain('read again\n'));
});

test.each([
  ['a reader that is gone', '| true'],
  ['a disk that is full', '>/dev/full'],
  ['a closed descriptor', '>&-'],
])('When output goes to %s, Then the process goes on', (_what, redirection) => {
  const code = `
    import { createLineBatch } from ${JSON.stringify(moduleUrl)};
    const batch = createLineBatch(process.stdout);
    for (let turn = 0; turn < 20; turn += 1) {
      batch.write('a line\\n');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.stderr.write('went on');`;
  const command = `"$NODE" --input-type=module --eval "$CODE" ${redirection}`;

  const { stderr } = spawnSync('sh', ['-c', command], {
    encoding: 'utf8',
    env: { ...process.env, NODE: process.execPath, CODE: code },
  });

  expect(stderr).toBe('went on');
});
