import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { type AnySaga, defineSaga, defineStep, Refusal, type Saga, type StepCall } from '../src/index.ts';
import { toRow } from '../src/saga-row.ts';
import { checkStoredLogs, createTestSagas, type TestSagas } from './index.ts';

type Order = { article: string };

const calls: string[] = [];
const step = (name: string, options: { undo?: false; formerly?: string[]; pivot?: true } = {}) => {
  const { undo, ...rest } = options;
  return defineStep(name, {
    run: async ({ input }: StepCall<Order>) => {
      calls.push(name);
      return `${name} ${input.article}`;
    },
    ...(undo !== false && { undo: async () => void calls.push(`undo ${name}`) }),
    ...rest,
  });
};

const stock = step('stock');
const pay = step('pay');
const mail = step('mail', { undo: false });

type Run = (saga: Saga, input: Order) => Promise<unknown>;

const order = (steps: AnySaga['steps'] extends ReadonlyMap<string, infer One> ? One[] : never, run: Run, version = 1) =>
  defineSaga<Order, unknown>('order', {
    version,
    steps,
    run,
    onOutcome: async () => void calls.push('outcome'),
    onEnd: async () => void calls.push('end'),
  } as never);

const first = order([stock, pay, mail], async (saga, input) => {
  await saga.step(stock, input);
  await saga.sleep('pack', '2d');
  await saga.step(pay, input);
  return saga.step(mail, input);
});

/** What the first version leaves in the log: one order that waits, one completed, one that cannot be rolled back. */
async function storeByFirstVersion() {
  await using sagas = await createTestSagas({ definitions: [first] });
  const input = { article: 'book' };
  await sagas.run(first, input, { id: 'completed' });
  await sagas.advance('2d');
  sagas.fail(pay, new Refusal('declined'));
  sagas.fail(stock, new Error('unreachable'), { part: 'undo' });
  await sagas.run(first, input, { id: 'compensating' });
  await sagas.advance('2d');
  await sagas.run(first, input, { id: 'waiting' });
  const ids = ['completed', 'waiting', 'compensating'];
  const logs = JSON.parse(JSON.stringify(await Promise.all(ids.map(sagas.log))));
  calls.length = 0;
  return logs as object[];
}

/** What is on disk when nothing goes on any more without time going by. */
async function logOf(definition: AnySaga, arrange: (sagas: TestSagas) => void) {
  await using sagas = await createTestSagas({ definitions: [definition] });
  arrange(sagas);
  const { id } = await sagas.start(definition as never, { article: 'book' } as never);
  const log = await sagas.log(id);
  calls.length = 0;
  return log;
}

const short = (problems: Awaited<ReturnType<typeof checkStoredLogs>>) =>
  problems.map(({ id, prevents, code, step: name }) => [id, prevents, code, name]);

describe('checking stored logs', () => {
  test('When the definitions are those that stored them, Then nothing is found and nothing is called', async () => {
    const logs = await storeByFirstVersion();

    const problems = await checkStoredLogs([first], logs);

    assert.deepEqual(
      logs.map((log) => (log as { status: string }).status),
      ['completed', 'waiting', 'compensating'],
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(calls, []);
  });

  test('When a step is no longer declared, Then each saga that would need it is found, with the step', async () => {
    const logs = await storeByFirstVersion();
    const changed = order([pay, mail], async (saga, input) => {
      await saga.sleep('pack', '2d');
      return saga.step(pay, input);
    });

    assert.deepEqual(short(await checkStoredLogs([changed], logs)), [
      ['completed', 'cancel', 'step_unknown', 'stock'],
      ['waiting', 'finish', 'step_unknown', 'stock'],
      ['waiting', 'cancel', 'step_unknown', 'stock'],
      ['compensating', 'finish', 'step_unknown', 'stock'],
    ]);
  });

  test('When a renamed step says its former name, Then nothing is found', async () => {
    const logs = await storeByFirstVersion();
    const shelf = step('shelf', { formerly: ['stock'] });
    const changed = order([shelf, pay, mail], async (saga, input) => {
      await saga.step(shelf, input);
      await saga.sleep('pack', '2d');
      await saga.step(pay, input);
      return saga.step(mail, input);
    });

    assert.deepEqual(await checkStoredLogs([changed], logs), []);
  });

  test('When a step has lost its undo, Then what would need it is found', async () => {
    const logs = await storeByFirstVersion();
    const kept = step('stock', { undo: false });
    const changed = order([kept, pay, mail], async (saga, input) => {
      await saga.step(kept, input);
      await saga.sleep('pack', '2d');
      await saga.step(pay, input);
      return saga.step(mail, input);
    });

    assert.deepEqual(short(await checkStoredLogs([changed], logs)), [
      ['completed', 'cancel', 'undo_unknown', 'stock'],
      ['waiting', 'cancel', 'undo_unknown', 'stock'],
      ['compensating', 'finish', 'undo_unknown', 'stock'],
    ]);
  });

  test('When the function ends without what the log has, Then the saga that is under way is found', async () => {
    const logs = await storeByFirstVersion();
    const changed = order([stock, pay, mail], async (saga, input) => {
      await saga.sleep('pack', '2d');
      return input.article;
    });
    const gone = order([stock, pay, mail], async (_saga, input) => input.article);

    // It waits for the same timer, so how it goes on is not known yet.
    assert.deepEqual(await checkStoredLogs([changed], logs), []);
    assert.deepEqual(short(await checkStoredLogs([gone], logs)), [['waiting', 'finish', 'function_changed', 'stock']]);
    assert.deepEqual(calls, []);
  });

  test('When the function throws in the replay, Then the saga is found, with what is thrown', async () => {
    const logs = await storeByFirstVersion();
    const changed = order([stock, pay, mail], async (saga, input) => {
      const shelf = (await saga.step(stock, input)) as unknown as { number: { toFixed(): string } };
      const waiting = saga.sleep('pack', '2d');
      const number = shelf.number.toFixed();
      await waiting;
      return number;
    });

    const [problem, ...others] = await checkStoredLogs([changed], logs);

    assert.deepEqual(others, []);
    assert.deepEqual([problem?.id, problem?.prevents, problem?.code], ['waiting', 'finish', 'unexpected_error']);
    assert.ok(problem?.error instanceof TypeError);
    assert.deepEqual(calls, []);
  });

  test('When the function throws before it has come by all that the log has, Then it is the function that changed', async () => {
    const logs = await storeByFirstVersion();
    const changed = order([stock, pay, mail], async (saga, input) => {
      const shelf = (await saga.step(stock, input)) as unknown as { number: { toFixed(): string } };
      return shelf.number.toFixed();
    });

    const [problem] = await checkStoredLogs([changed], logs);

    assert.deepEqual([problem?.id, problem?.prevents, problem?.code], ['waiting', 'finish', 'function_changed']);
    assert.ok(problem?.error instanceof TypeError);
  });

  test('When a version is not given any more, Then its sagas are found', async () => {
    const logs: object[] = await storeByFirstVersion();
    const over = { ...(logs[2] as object), status: 'compensated' };
    const second = order([stock], async (saga, input) => saga.step(stock, input), 2);

    assert.deepEqual(short(await checkStoredLogs([second], [...logs, over])), [
      ['completed', 'cancel', 'definition_unknown', null],
      ['waiting', 'finish', 'definition_unknown', null],
      ['compensating', 'finish', 'definition_unknown', null],
    ]);
  });

  test('When a saga is past its pivot, Then the undo that nothing can ask for is not missed', async () => {
    const ship = step('ship', { undo: false, pivot: true });
    const before = order([stock, ship], async (saga, input) => {
      await saga.step(stock, input);
      await saga.step(ship, input);
      return saga.sleep('pack', '2d');
    });
    await using sagas = await createTestSagas({ definitions: [before] });
    const log = await sagas.run(before, { article: 'book' }, { id: 'shipped' });
    const kept = step('stock', { undo: false });
    const after = order([kept, ship], async (saga, input) => {
      await saga.step(kept, input);
      await saga.step(ship, input);
      return saga.sleep('pack', '2d');
    });

    assert.equal(log.status, 'waiting');
    assert.deepEqual(await checkStoredLogs([after], [log]), []);
  });

  test('When the logs are rows of the table, also from before versions and waits, Then they are read as well', async () => {
    await using sagas = await createTestSagas({ definitions: [first] });
    const { history, version, revision, worker, wake_at, progress_at, reason, ...row } = toRow(
      await sagas.run(first, { article: 'book' }, { id: 'waiting' }),
    );
    const gone = order([stock], async (_saga, input) => input.article);

    const rows = [{ ...row, created_at: String(row.created_at), updated_at: String(row.updated_at) }];

    assert.deepEqual(await checkStoredLogs([first], rows), []);
    assert.deepEqual(short(await checkStoredLogs([gone], rows)), [['waiting', 'finish', 'function_changed', 'stock']]);
  });

  test('When a step was interrupted and another was being undone, Then neither is gone on with', async () => {
    const charge = defineStep('charge', {
      run: async (_call: StepCall<Order>) => ({ receipt: 'paid' }),
      async recover() {
        calls.push('recover charge');
        return { receipt: 'paid' };
      },
    });
    const caught = order([stock, charge], async (saga, input) => {
      await saga.step(stock, input).catch(() => {});
      const { receipt } = await saga.step(charge, input);
      return receipt.trim();
    });
    const undoing = await logOf(caught, (sagas) => {
      sagas.fail(stock, Object.assign(new Error('unclear'), { retryable: false, noSideEffect: false }));
      sagas.hang(stock, { part: 'undo' });
    });
    const charging = await logOf(caught, (sagas) => sagas.hang(charge));

    assert.equal(undoing.steps[0]?.undo?.status, 'running');
    assert.equal(charging.steps[1]?.status, 'running');
    assert.deepEqual(await checkStoredLogs([caught], [undoing, charging]), []);
    assert.deepEqual(calls, []);
  });

  test('When a saga waits for one that it started, Then the engine itself can undo that', async () => {
    const mailing = defineSaga('mailing', { steps: [mail], run: ({ step: call }, input: Order) => call(mail, input) });
    const parent = order([stock], async (saga, input) => {
      await saga.step(stock, input);
      return saga.child(mailing, input);
    });
    await using sagas = await createTestSagas({ definitions: [parent, mailing] });
    sagas.hang(mail);
    const handle = await sagas.start(parent, { article: 'book' });
    const waiting = await sagas.log(handle.id);
    await sagas.crash();
    const gone = order([stock], async (_saga, input) => input.article);

    assert.equal(waiting.steps[1]?.kind, 'child');
    assert.deepEqual(await checkStoredLogs([parent, mailing], [waiting]), []);
    assert.deepEqual(short(await checkStoredLogs([gone], [waiting])), [
      [handle.id, 'finish', 'function_changed', 'stock'],
    ]);
    calls.length = 0;
  });

  test('When something is no log, Then it is refused', async () => {
    await assert.rejects(checkStoredLogs([first], [{ hello: 'world' }]), { code: 'not_a_log' });
    await assert.rejects(checkStoredLogs([first], [{ id: 'a', name: 'order', steps: 1 }]), { code: 'not_a_log' });
  });
});
