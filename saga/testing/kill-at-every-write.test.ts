import assert from 'node:assert/strict';
import type { Kysely } from 'kysely';
import { describe, test } from 'vitest';
import { abandon, defineSaga, defineStep, Refusal, type SagaTables, type StepCall } from '../src/index.ts';
import { killAtEveryWrite } from './index.ts';

type Order = { article: string };

/** A shop with a stock, a till and a parcel service; `careless` ones do not address what they do by the saga's id. */
function createShop({ careless = false, forgetful = false } = {}) {
  const taken = new Map<string, string>();
  const paid = new Set<string>();
  let taking = 0;
  const stock = defineStep('stock', {
    async run({ id, input }: StepCall<Order>) {
      taking += 1;
      taken.set(careless ? `${id} ${taking}` : id, input.article);
      return { shelf: 7 };
    },
    async undo({ id }) {
      if (!forgetful) taken.delete(id);
    },
  });
  const pay = defineStep('pay', {
    run: async ({ id, secret }: StepCall<Order, string>) => {
      const digits = secret.value.length;
      paid.add(id);
      return digits;
    },
    undo: async ({ id }) => void paid.delete(id),
    recover: abandon,
  });
  const mail = defineStep('mail', { run: async (_call: StepCall<Order>) => null });
  return {
    stock,
    pay,
    mail,
    setUp() {
      taken.clear();
      paid.clear();
      taking = 0;
    },
    effects: () => ({ taken: [...taken.values()], paid: paid.size }),
  };
}

const order: Order = { article: 'book' };

describe('killing a saga at every write', () => {
  test('When every step is idempotent, Then each crash leaves what no crash leaves, and the writes are named', async () => {
    const { stock, mail, setUp, effects } = createShop();
    const saga = defineSaga('order', {
      steps: [stock, mail],
      async run({ step, sleep }, input: Order) {
        const { shelf } = await step(stock, input);
        await sleep('pack', '2d');
        await step(mail, input);
        return shelf;
      },
    });

    const report = await killAtEveryWrite(saga, order, { setUp, effects });

    assert.deepEqual(report.ending, {
      status: 'completed',
      result: 7,
      failure: null,
      effects: { taken: ['book'], paid: 0 },
    });
    assert.deepEqual(report.writes, [
      'pending: stock running',
      'waiting: stock done; pack running',
      'waiting: stock done; pack running',
      'pending: stock done; pack done; mail running',
      'completed: stock done; pack done; mail done',
    ]);
    assert.deepEqual(report.crashes, { completed: 10 });
  });

  test('When a step is not idempotent, Then the first write whose crash shows it is named', async () => {
    const { stock, setUp, effects } = createShop({ careless: true });
    const saga = defineSaga('order', { steps: [stock], run: ({ step }, input: Order) => step(stock, input) });

    await assert.rejects(killAtEveryWrite(saga, order, { setUp, effects }), (error: assert.AssertionError) => {
      assert.match(
        error.message,
        /^after a crash before the commit of write 2 \(completed: stock done\) the saga ends/,
      );
      assert.deepEqual((error.actual as { effects: unknown }).effects, { taken: ['book', 'book'], paid: 0 });
      return true;
    });
  });

  test('When a saga is rolled back, Then it is killed at each write of the compensation too', async () => {
    const { stock, mail, setUp, effects } = createShop();
    const saga = defineSaga('order', {
      steps: [stock, mail],
      async run({ step }, input: Order) {
        await Promise.all([step(stock, input, { key: 'a' }), step(stock, input, { key: 'b' })]);
        return step(mail, input);
      },
    });

    const report = await killAtEveryWrite(saga, order, {
      setUp(sagas) {
        setUp();
        sagas.fail(mail, new Refusal('no_address'));
      },
      effects,
    });

    assert.equal(report.ending.status, 'compensated');
    assert.deepEqual(report.ending.effects, { taken: [], paid: 0 });
    assert.ok(report.writes.some((write) => write.includes('stock b done, undo running')));
    assert.deepEqual(report.crashes, { compensated: 2 * report.writes.length });
  });

  test('When a crash loses the secret, Then the saga may end only as the caller says that it may', async () => {
    const { stock, pay, setUp, effects } = createShop();
    const saga = defineSaga('order', {
      steps: [stock, pay],
      async run({ step }, input: Order) {
        await step(stock, input);
        return step(pay, input);
      },
    });
    const rolledBack = { status: 'compensated', effects: { taken: [], paid: 0 } } as const;

    const report = await killAtEveryWrite(saga, order, { setUp, effects, secret: '4242', mayEndAs: [rolledBack] });

    // Before the first write the client starts it again, secret and all, and after the last it is over.
    assert.equal(report.writes.length, 3);
    assert.deepEqual(report.crashes, { completed: 2, compensated: 4 });
    await assert.rejects(
      killAtEveryWrite(saga, order, { setUp, effects, secret: '4242' }),
      /the saga ends differently/,
    );
  });

  test('When an undo leaves something behind, Then a crash that needs it is found', async () => {
    const { stock, pay, setUp, effects } = createShop({ forgetful: true });
    const saga = defineSaga('order', {
      steps: [stock, pay],
      async run({ step }, input: Order) {
        await step(stock, input);
        return step(pay, input);
      },
    });
    const mayEndAs = [{ status: 'compensated', effects: { taken: [], paid: 0 } }] as const;

    const killing = killAtEveryWrite(saga, order, { setUp, effects, secret: '4242', mayEndAs });

    await assert.rejects(killing, /taken: \[ 'book' \]/);
  });

  test('When a saga waits for an event, Then the caller brings it, again where the crash came first', async () => {
    let asked = 0;
    const saga = defineSaga('approval', {
      steps: [],
      run: (one, _input: null) => one.waitFor<string>('approval', { timeout: '7d' }),
    });

    const report = await killAtEveryWrite(saga, null, {
      setUp() {
        asked = 0;
      },
      effects: () => null,
      async whileWaiting({ sagas }, { id }) {
        asked += 1;
        await sagas.signal(id, 'approval', 'yes', { dedupeKey: 'once' });
      },
    });

    assert.equal(report.ending.result, 'yes');
    assert.deepEqual(report.crashes, { completed: 2 * report.writes.length });
    assert.ok(asked >= 1);
  });

  test('When a saga starts another one, Then both come to their end after every crash', async () => {
    const { stock, mail, setUp, effects } = createShop();
    const mailing = defineSaga('mailing', { steps: [mail], run: ({ step }, input: Order) => step(mail, input) });
    const saga = defineSaga('order', {
      steps: [stock],
      async run(one, input: Order) {
        await one.step(stock, input);
        await one.child(mailing, input);
        return one.sleep('pack', '2d');
      },
    });

    const report = await killAtEveryWrite(saga, order, { setUp, effects, children: [mailing] });

    assert.deepEqual(report.ending.effects, { taken: ['book'], paid: 0 });
    assert.deepEqual(report.crashes, { completed: 2 * report.writes.length });
  });

  test('When hooks write in the transactions of the saga, Then their rows are there once after every crash', async () => {
    interface Tables extends SagaTables {
      notes: { text: string };
    }
    const note = (tables: Kysely<Tables>, text: string) => tables.insertInto('notes').values({ text }).execute();
    const { stock, setUp } = createShop();
    const saga = defineSaga('order', {
      steps: [stock],
      run: ({ step }, input: Order) => step(stock, input),
      async onOutcome(tables: Kysely<Tables>, { completed }) {
        await note(tables, `completed: ${completed}`);
      },
      async onEnd(tables, { status }) {
        await note(tables, `ended: ${status}`);
      },
    });

    const report = await killAtEveryWrite<Order, { shelf: number }, unknown, Tables>(saga, order, {
      migrations: { notes: { up: (db) => db.schema.createTable('notes').addColumn('text', 'text').execute() } },
      setUp,
      effects: ({ store }) => store.read.selectFrom('notes').selectAll().execute(),
      async inTransaction(tables) {
        await note(tables, 'begun');
      },
    });

    assert.deepEqual(report.ending.effects, [
      { text: 'begun' },
      { text: 'completed: true' },
      { text: 'ended: completed' },
    ]);
    assert.deepEqual(report.crashes, { completed: 4 });
  });

  test('When the saga cannot be started, Then the caller gets the error', async () => {
    const { setUp, effects } = createShop();
    const saga = defineSaga('order', { steps: [], run: async (_saga, _input: Order) => null });
    const options = { setUp, effects, id: 'x', inTransaction: () => Promise.reject(new Error('closed')) };

    await assert.rejects(killAtEveryWrite(saga, order, options), /closed/);
  });
});
