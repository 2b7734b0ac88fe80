import type { LookupFunction } from 'node:net';
import { waitUntil } from '@appointments/chassis/testing';
import type { Duration } from 'durable-saga';
import { createTestSagas } from 'durable-saga/testing';
import { describe, expect, test } from 'vitest';
import { createDeliverWebhook, WAITS } from '../../src/webhooks/deliver-webhook.ts';
import { createSendWebhook, type SendOptions } from '../../src/webhooks/send-webhook.ts';
import { answer, type Receiver, startReceiver } from './receiver.ts';

const ID = 'a-booking_confirmed_receiver';

/** A delivery to a real receiver, in a time that the test moves. */
async function startDelivery(
  receiver: Pick<Receiver, 'url' | 'endpoint'>,
  { timeoutMs = 2_000, ...options }: Partial<SendOptions> = {},
) {
  const send = createSendWebhook({ allowPrivate: true, timeoutMs, ...options });
  const deliverWebhook = createDeliverWebhook({ endpoints: [receiver.endpoint], send });
  const sagas = await createTestSagas({ definitions: [deliverWebhook] });
  const delivery = { webhookId: ID, type: 'booking.confirmed', url: receiver.url, body: '{"data":1}' } as const;
  await sagas.start(deliverWebhook, delivery, { id: ID });

  const rests = async () => {
    const { status, steps } = await sagas.log(ID);
    return status === 'pending' ? 0 : steps.filter(({ name }) => name === 'try').length;
  };

  return {
    sagas,
    log: () => sagas.log(ID),
    /** Real time goes by until so many tries have been made. */
    tried: (count: number) => waitUntil(`${count} tries`, async () => (await rests()) === count, 20_000),
    /** Lets the waits go by, each with its try. */
    async goThrough(waits: readonly Duration[], tries = 1) {
      for (const [index, wait] of waits.entries()) {
        await this.tried(tries + index);
        await sagas.advance(wait);
      }
      await this.tried(tries + waits.length);
    },
    [Symbol.asyncDispose]: sagas.close,
  };
}

const resultsOf = (steps: ReadonlyArray<{ name: string; result: unknown }>) =>
  steps.filter(({ name }) => name === 'try').map(({ result }) => result);

describe.concurrent('a delivery', () => {
  test('When the receiver takes it, Then it has ended with its first try', async () => {
    await using receiver = await startReceiver({ respond: answer(202) });
    await using delivery = await startDelivery(receiver);
    await delivery.tried(1);
    expect(await delivery.log()).toMatchObject({ status: 'completed', result: { status: 202 } });
  });

  test('When it answers 500 for an hour, Then it is tried with growing waits, under one id, until it takes it', async () => {
    await using receiver = await startReceiver({ respond: answer(500) });
    await using delivery = await startDelivery(receiver);
    const begun = delivery.sagas.now();

    await delivery.goThrough(WAITS.slice(0, 5));
    receiver.respond(answer(200));
    await delivery.goThrough(WAITS.slice(5, 6), 6);

    const { status, steps } = await delivery.log();
    expect(status).toBe('completed');
    expect(resultsOf(steps)).toEqual([...Array(6).fill({ status: 500, code: null }), { status: 200, code: null }]);
    expect(delivery.sagas.now() - begun).toBe(60 * 60_000);
    expect(new Set(receiver.received.map(({ webhookId, body }) => `${webhookId} ${body}`))).toEqual(
      new Set([`${ID} {"data":1}`]),
    );
  });

  test('When it never takes it, Then it is given up after three days', async () => {
    await using receiver = await startReceiver({ respond: answer(503) });
    await using delivery = await startDelivery(receiver);
    const begun = delivery.sagas.now();

    await delivery.goThrough(WAITS);

    expect(await delivery.log()).toMatchObject({ status: 'failed', failure: { code: 'given_up' } });
    expect(delivery.sagas.now() - begun).toBe(72 * 60 * 60_000);
    expect(receiver.received).toHaveLength(WAITS.length + 1);
  });

  test('When it is gone, Then nothing more is tried', async () => {
    await using receiver = await startReceiver({ respond: answer(410) });
    await using delivery = await startDelivery(receiver);
    await delivery.tried(1);
    await delivery.sagas.advance('3d');
    expect(await delivery.log()).toMatchObject({ status: 'failed', failure: { code: 'gone' } });
    expect(receiver.received).toHaveLength(1);
  });

  test.each([
    ['redirects', answer(302, { location: 'http://127.0.0.1:1/' }), 20_000, { status: 302, code: null }],
    ['refuses', answer(400), 20_000, { status: 400, code: null }],
    ['hangs', () => {}, 200, { status: null, code: 'timeout' }],
  ])('When it %s, Then it is tried again', async (_what, respond, timeoutMs, result) => {
    await using receiver = await startReceiver({ respond });
    await using delivery = await startDelivery(receiver, { timeoutMs });

    await delivery.tried(1);
    receiver.respond(answer(200));
    await delivery.goThrough(WAITS.slice(0, 1));

    expect(resultsOf((await delivery.log()).steps)).toEqual([result, { status: 200, code: null }]);
  });

  test('When its name leads to a private address from the second look on, Then it is refused without a connection, and tried again', async () => {
    await using receiver = await startReceiver();
    const url = receiver.url.replace('http://127.0.0.1', 'https://receiver.example');
    const looks: string[] = [];
    // Nobody has the first: https://www.iana.org/assignments/ipv6-unicast-address-assignments
    const lookup: LookupFunction = (name, _options, callback) =>
      looks.push(name) === 1
        ? callback(null, [{ address: '2d00::1', family: 6 }])
        : callback(null, [{ address: '127.0.0.1', family: 4 }]);
    const named = { url, endpoint: { ...receiver.endpoint, url } };
    await using delivery = await startDelivery(named, { allowPrivate: false, lookup, timeoutMs: 500 });

    await delivery.goThrough(WAITS.slice(0, 2));

    const { status, steps } = await delivery.log();
    const [first, ...others] = resultsOf(steps);
    expect(first).toMatchObject({ status: null });
    expect(first).not.toMatchObject({ code: 'private_address' });
    expect(others).toEqual(Array(2).fill({ status: null, code: 'private_address' }));
    expect([status, looks.length, receiver.connections()]).toEqual(['waiting', 3, 0]);
  });

  test('When the process dies during a try, Then the next one makes that try again, under the same id', async () => {
    await using receiver = await startReceiver({ respond: () => {} });
    await using delivery = await startDelivery(receiver, { timeoutMs: 20_000 });
    await receiver.gets(1);

    receiver.respond(answer(200));
    await delivery.sagas.crash();
    await delivery.sagas.advance('10s');
    await delivery.tried(1);

    expect(await delivery.log()).toMatchObject({ status: 'completed' });
    expect(receiver.received.map(({ webhookId }) => webhookId)).toEqual([ID, ID]);
  });

  test('When it has ended, Then it is kept for 30 days', async () => {
    await using receiver = await startReceiver();
    await using delivery = await startDelivery(receiver);
    await delivery.tried(1);

    await delivery.sagas.advance('29d');
    expect(await delivery.log()).toMatchObject({ status: 'completed' });
    await delivery.sagas.advance('2d');

    await expect(delivery.log()).rejects.toThrow();
  });
});
