import { describe, test } from 'vitest';
import { SERVICE_NAMES, type ServiceName } from '../../services.ts';
import { startLoadedStack } from '../src/faults/loaded-stack.ts';

const ENV = { STEP_TIMEOUT_MS: '400', BOOKING_DEADLINE_MS: '1500' };
const PATIENCE_MS = 2_000;
const BACK_WITHIN_MS = 15_000;

const CASES: Array<[what: string, names: readonly ServiceName[]]> = [
  ...SERVICE_NAMES.map((name): [string, ServiceName[]] => [name, [name]]),
  ['every service', SERVICE_NAMES],
];

describe.concurrent('Under load', () => {
  test.each(CASES)(
    'When %s is stopped until its callers have given up, and goes on, Then all ends well',
    async (_what, names) => {
      await using loaded = await startLoadedStack({ env: ENV, patienceMs: PATIENCE_MS });
      const signal = (name: NodeJS.Signals) => {
        for (const service of names) loaded.stack.processOf(service).kill(name);
      };
      await loaded.until(200, 20);

      signal('SIGSTOP');
      await loaded.until(names.includes('appointment') ? 'no reply' : 503, 8);
      signal('SIGCONT');

      await loaded.until(200, 20, BACK_WITHIN_MS);
      await loaded.endsWell();
    },
  );
});
