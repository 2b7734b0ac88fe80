import { expect, test } from 'vitest';
import { takePort } from '../../testing/index.ts';
import { inSpan, startTracing } from './tracing.ts';

test('When the collector does not respond, Then work and stop go well without it', async () => {
  const stop = await startTracing('test', `http://127.0.0.1:${await takePort()}`);

  await expect(inSpan({ name: 'work', kind: 'internal' }, async () => 'done')).resolves.toBe('done');

  await expect(stop()).resolves.toBeUndefined();
});
