import { waitUntil } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { BACKEND_NAMES } from '../../services.ts';
import { createFates } from '../src/faults/fates.ts';
import { startLoadedStack } from '../src/faults/loaded-stack.ts';
import { report } from '../src/faults/report.ts';
import { createSeededRandom } from '../src/faults/seeded-random.ts';

const PATIENCE = { callMs: 400, deadlineMs: 1_500 };
const EACH_FATE = 4;

test('When calls to the backends meet thirteen fates under load, Then the books agree and no client was told a lie', async () => {
  const env = { STEP_TIMEOUT_MS: String(PATIENCE.callMs), BOOKING_DEADLINE_MS: String(PATIENCE.deadlineMs) };
  await using loaded = await startLoadedStack({ proxied: true, env, concurrency: 12 });
  const { stack, seed } = loaded;
  const all = BACKEND_NAMES.map((name, index) => {
    const fates = createFates(createSeededRandom(seed + index + 1), PATIENCE);
    stack.proxyOf(name).leaveTo(fates);
    return [name, fates.met] as const;
  });
  await loaded.until(200, 20);

  const rarest = () => Math.min(...all.flatMap(([, met]) => [...met.values()]));
  await waitUntil('each fate was met often', () => rarest() >= EACH_FATE, 60_000);
  for (const name of BACKEND_NAMES) stack.proxyOf(name).heal();
  await waitUntil('late calls are through', () => BACKEND_NAMES.every((name) => !stack.proxyOf(name).onTheirWay()));
  await loaded.until(200, 20);

  for (const [name, met] of all) report(`fates of calls to ${name}: ${JSON.stringify(Object.fromEntries(met))}`);
  report(`fates: replies ${JSON.stringify(loaded.clients.counts())}`);
  expect(all.map(([name, met]) => [name, met.size])).toEqual(BACKEND_NAMES.map((name) => [name, 13]));
  await loaded.endsWell();
});
