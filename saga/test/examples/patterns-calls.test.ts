import { describe, expect, test } from 'vitest';
import { defineParty } from '../../examples/patterns/fan-out.ts';
import { defineFilm, onCallback } from '../../examples/patterns/long-call.ts';
import { defineImport } from '../../examples/patterns/polling.ts';
import { defineSale } from '../../examples/patterns/timeouts.ts';
import { Refusal } from '../../src/index.ts';
import { createTestSagas } from '../../testing/index.ts';

test('When the studio calls back twice, hours later and after a crash, Then the film is checked once', async () => {
  const calls: string[] = [];
  const film = defineFilm({
    order: async (id) => void calls.push(`order ${id}`),
    cancelOrder: async (id) => void calls.push(`cancel ${id}`),
    check: async (_id, url) => {
      calls.push(`check ${url}`);
      return { minutes: 90 };
    },
  });
  await using sagas = await createTestSagas({ definitions: [film] });
  expect(await sagas.run(film, { script: 'a script' }, { id: 'film-1' })).toMatchObject({ status: 'waiting' });
  await sagas.advance('30h');
  await sagas.crash();

  await onCallback(sagas.sagas, 'film-1', { url: 'a.mp4' });
  await onCallback(sagas.sagas, 'film-1', { url: 'a.mp4' });

  expect(await sagas.untilRested('film-1')).toMatchObject({ result: { url: 'a.mp4', minutes: 90 } });
  expect(calls).toEqual(['order film-1', 'check a.mp4']);
});

test('When the studio never calls back, Then the order is cancelled', async () => {
  const calls: string[] = [];
  const film = defineFilm({
    order: async () => {},
    cancelOrder: async (id) => void calls.push(`cancel ${id}`),
    check: async () => ({ minutes: 0 }),
  });
  await using sagas = await createTestSagas({ definitions: [film] });
  await sagas.run(film, { script: 'a script' }, { id: 'film-1' });
  await sagas.advance('49h');

  expect(await sagas.log('film-1')).toMatchObject({ failure: { step: 'rendered', code: 'timed_out' } });
  expect(calls).toEqual(['cancel film-1']);
});

describe('polling', () => {
  const openImport = async (roundsNeeded: number) => {
    const seen = { looks: 0, cancels: 0 };
    const imported = defineImport({
      begin: async () => {},
      cancel: async () => {
        seen.cancels += 1;
      },
      look: async () => {
        seen.looks += 1;
        return { isDone: seen.looks >= roundsNeeded, rows: 7 };
      },
    });
    const sagas = await createTestSagas({ definitions: [imported] });
    await sagas.run(imported, { file: 'a.csv' }, { id: 'import-1' });
    return { sagas, seen, [Symbol.asyncDispose]: sagas.close };
  };

  test('When the peer needs some hours, Then it is looked at a few times', async () => {
    await using slow = await openImport(14);
    const { sagas, seen } = slow;
    await sagas.advance('5h');

    expect(await sagas.log('import-1')).toMatchObject({ status: 'completed', result: { rows: 7, rounds: 14 } });
    expect(seen).toEqual({ looks: 14, cancels: 0 });
  });

  test('When the peer never ends, Then the import is cancelled, having looked twenty times', async () => {
    await using slow = await openImport(Number.POSITIVE_INFINITY);
    const { sagas, seen } = slow;
    await sagas.advance('12h');

    expect(await sagas.log('import-1')).toMatchObject({ status: 'compensated', failure: { code: 'too_slow' } });
    expect(seen).toEqual({ looks: 20, cancels: 1 });
  });
});

describe('a fan-out', () => {
  const guests = Array.from({ length: 310 }, (_, index) => `guest ${index}`);

  async function openParty(seats: number) {
    const taken = new Set<string>();
    const { party, batch } = defineParty({
      async reserve(key) {
        if (taken.size >= seats) throw new Refusal('full');
        taken.add(key);
        return { seat: taken.size };
      },
      release: async (key) => void taken.delete(key),
    });
    const sagas = await createTestSagas({ definitions: [party, batch] });
    await sagas.run(party, { guests }, { id: 'party-1' });
    await sagas.advance('1m');
    return { sagas, taken, [Symbol.asyncDispose]: sagas.close };
  }

  test('When there are seats enough, Then each guest has one, by a dozen batches', async () => {
    await using party = await openParty(400);

    expect(await party.sagas.log('party-1')).toMatchObject({ status: 'completed', result: { seated: 310 } });
    expect(party.taken.size).toBe(310);
    expect((await party.sagas.sagas.list({ name: 'batch' })).items).toHaveLength(13);
  });

  test('When one guest has none, Then no one has', async () => {
    await using party = await openParty(309);

    expect(await party.sagas.log('party-1')).toMatchObject({ status: 'compensated', failure: { code: 'full' } });
    expect(party.taken.size).toBe(0);
  });
});

describe('timeouts in place of races', () => {
  async function openSale(rateOfTheDay: (signal: AbortSignal) => Promise<number>) {
    const asked: string[] = [];
    const sale = defineSale({ ask: async (_id, dealer) => void asked.push(dealer), rateOfTheDay }, 20);
    const sagas = await createTestSagas({ definitions: [sale] });
    await sagas.run(sale, { dealers: ['Ann', 'Bob'] }, { id: 'sale-1' });
    return { sagas, asked, [Symbol.asyncDispose]: sagas.close };
  }
  const hanging = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

  test('When two dealers make an offer, Then the first one counts, whatever crashes', async () => {
    await using sale = await openSale(async () => 2);
    await sale.sagas.sagas.signal('sale-1', 'offer', { dealer: 'Bob', price: 10 });
    await sale.sagas.crash();
    await expect(sale.sagas.untilRested('sale-1')).resolves.toMatchObject({ result: { dealer: 'Bob', price: 20 } });

    expect(sale.asked).toEqual(['Ann', 'Bob']);
  });

  test('When nobody responds, neither with a rate nor with an offer, Then the sale fails an hour later', async () => {
    await using sale = await openSale(hanging);
    expect(await sale.sagas.log('sale-1')).toMatchObject({ status: 'waiting', steps: [{ attempts: 1 }, {}, {}, {}] });
    await sale.sagas.advance('61m');

    expect(await sale.sagas.log('sale-1')).toMatchObject({ status: 'failed', failure: { code: 'no_offer' } });
  });
});
