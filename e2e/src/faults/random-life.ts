import fc from 'fast-check';
import { type CallName, SERVICE_NAMES, type ServiceName } from '../../../services.ts';
import { CALLS, type Fault } from './fault-rules.ts';

/** One thing that happens to a stack. Bookings are named by a small number, so that they meet each other. */
export type Happening =
  | { kind: 'book'; key: number; doctor: string; day: number; cardNum: string }
  | { kind: 'retry'; key: number }
  | { kind: 'cancel'; key: number }
  | { kind: 'kill'; service: ServiceName }
  | { kind: 'cut'; on: 'request' | 'response'; call: CallName; fault: Fault; times: number }
  | { kind: 'settle' }
  | { kind: 'heal' };

const key = fc.integer({ min: 0, max: 5 });
// A doctor with four slots a day, so that a handful of bookings can fill one.
const doctor = fc.constantFrom('Chidi Okafor', 'John Doe', 'Nobody Known');
const cardNum = fc.constantFrom('4242424242424242', '4242424242424242', '1234567', '4000000000000002');

const book = fc.record({
  kind: fc.constant('book' as const),
  key,
  doctor,
  day: fc.integer({ min: 0, max: 1 }),
  cardNum,
});
const retry = fc.record({ kind: fc.constant('retry' as const), key });
const cancel = fc.record({ kind: fc.constant('cancel' as const), key });
const kill = fc.record({
  kind: fc.constant('kill' as const),
  service: fc.constantFrom(...SERVICE_NAMES),
});
const cut = fc.record({
  kind: fc.constant('cut' as const),
  on: fc.constantFrom<'request' | 'response'>('request', 'response'),
  call: fc.constantFrom(...(Object.keys(CALLS) as CallName[])),
  fault: fc.constantFrom<Fault>('reset', 'hold', { delayMs: 100 }, { delayMs: 600 }),
  times: fc.integer({ min: 1, max: 4 }),
});
const settle = fc.constant({ kind: 'settle' as const });
const heal = fc.constant({ kind: 'heal' as const });

/** A short life of a stack. */
export const randomLife = fc.array<Happening>(
  fc.oneof(
    { weight: 6, arbitrary: book },
    { weight: 2, arbitrary: retry },
    { weight: 2, arbitrary: cancel },
    { weight: 2, arbitrary: kill },
    { weight: 3, arbitrary: cut },
    { weight: 2, arbitrary: settle },
    { weight: 1, arbitrary: heal },
  ),
  { minLength: 4, maxLength: 14 },
);
