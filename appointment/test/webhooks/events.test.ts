import { waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { GUIDE_REQUEST, PATIENCE_MS, startStack } from '../appointment-stack.ts';
import { createHold, createUndecidedPayment, onlyPosts, respond } from '../interferences.ts';
import { startReceiver } from './receiver.ts';
import { startTold, TOKEN } from './told-stack.ts';

describe.concurrent('the events of a booking', () => {
  test('When it is confirmed, Then its receiver gets it signed, as GET shows it', async () => {
    await using told = await startTold();

    const reply = await told.stack.book();
    await told.receiver.gets(1);

    const [{ event, verified, webhookId } = expect.fail()] = told.receiver.received;
    expect(verified).toBe(true);
    expect(Object.keys(event)).toEqual(['type', 'timestamp', 'data']);
    expect(event.type).toBe('booking.confirmed');
    const shown = await told.stack.booking(reply);
    expect(event.data).toEqual(shown);
    expect(event.timestamp).toBe(shown.updatedAt);
    expect(webhookId).toContain(`${shown.id}_confirmed_`);
  });

  test.each([
    ['is refused', { doctor: 'Nobody' }],
    ['is declined', { cardNum: '4000000000000002' }],
  ])('When it %s, Then it has failed, once, also when all is undone', async (_what, change) => {
    await using told = await startTold();

    const reply = await told.stack.book({ ...GUIDE_REQUEST, ...change });
    await told.receiver.gets(1);

    expect(told.receiver.received[0]?.event.data.reply).toEqual(reply.json);
    expect((await told.deliveries(reply.headers.get('location') as string)).length).toBe(1);
    expect(told.receiver.types()).toEqual(['booking.failed']);
  });

  test('When a confirmed one is cancelled, Then it is told of as cancelled once all is undone', async () => {
    await using told = await startTold();
    // Each delivery is a saga of its own, so nothing else keeps the two in order.
    const path = await told.book();

    await told.stack.cancel(path);
    await told.receiver.gets(2);

    expect(told.receiver.types()).toEqual(['booking.confirmed', 'booking.cancelled']);
    expect(told.receiver.received[1]?.event.data).toMatchObject({ status: 'cancelled' });
    expect(told.receiver.received[1]?.event.data.steps.at(-1)).toMatchObject({ name: 'undo reserve', status: 'done' });
  });

  test('When it waits for its cardholder, Then that is told first, with what is to be done, and the outcome later', async () => {
    await using told = await startTold();
    const payment = createUndecidedPayment();
    told.stack.payment.interfere(payment.answer);
    const { json: shown } = await told.stack.book();
    await told.receiver.gets(1);

    payment.decide('settled');
    const authorization = `Bearer ${TOKEN}`;
    await told.stack.call('PUT', `/payment-notices/${shown.id}`, { payment_status: 'settled' }, { authorization });
    await told.receiver.gets(2);

    expect(told.receiver.types()).toEqual(['booking.requires_action', 'booking.confirmed']);
    const { id, status, next_action } = shown;
    expect(status).toBe('requires_action');
    expect(told.receiver.received[0]?.event.data).toMatchObject({ id, status, next_action, reply: null });
  });

  test('When an operator cancels one that has no outcome, Then it is cancelled and has not failed', async () => {
    await using told = await startTold();
    const { stack, receiver } = told;
    const hold = createHold();
    stack.payment.interfere(onlyPosts(hold.after));
    const lost = stack.book().catch(() => undefined);
    await waitUntil('the charge is made', () => hold.held() > 0);
    const path = `/bookings/${stack.payment.posts()[0]?.headers['idempotency-key']}`;
    stack.payment.interfere(respond(503, '{}'));
    await stack.restart('crash');
    await lost;
    await stack.becomes(path, 'stuck');

    await stack.cancel(path);
    stack.payment.interfere(undefined);
    await stack.becomes(path, 'cancelled');
    await receiver.gets(1);
    hold.release();

    expect((await told.deliveries(path)).map(({ event }: { event: string }) => event)).toEqual(['booking.cancelled']);
    expect(receiver.types()).toEqual(['booking.cancelled']);
  });

  test('When an endpoint asks for one event only, Then it gets no other', async () => {
    await using receiver = await startReceiver();
    const endpoint = { ...receiver.endpoint, events: ['booking.cancelled'] as const };
    await using stack = await startStack({ operatorToken: TOKEN, endpoints: [endpoint] });
    const path = (await stack.book()).headers.get('location') as string;

    await stack.cancel(path);
    await receiver.gets(1);

    expect(receiver.types()).toEqual(['booking.cancelled']);
  });

  test('When the process goes before it has delivered, Then the next one delivers, and with the secret that holds then', async () => {
    await using told = await startTold();
    told.receiver.respond(() => {});
    const path = (await told.stack.book()).headers.get('location') as string;
    await told.receiver.gets(1);
    const changed = `whsec_${Buffer.from('another secret of thirty-two bytes').toString('base64')}`;

    await told.stack.restart('crash', { endpoints: [{ ...told.receiver.endpoint, secret: changed }] });
    told.receiver.respond((response) => void response.writeHead(200).end());
    await waitUntil(
      'it is delivered',
      async () => (await told.deliveries(path))[0].status === 'delivered',
      PATIENCE_MS,
    );

    const [first, second] = told.receiver.received;
    expect(second?.webhookId).toBe(first?.webhookId);
    expect(second?.body).toBe(first?.body);
    expect([first?.verified, second?.verified]).toEqual([true, false]);
  });

  test('When an endpoint is no longer in the file, Then its deliveries end with a code of their own', async () => {
    await using told = await startTold();
    told.receiver.respond((response) => void response.writeHead(500).end());
    const path = (await told.stack.book()).headers.get('location') as string;
    await told.receiver.gets(1);

    await told.stack.restart('shutdown', { endpoints: [] });
    const failed = async () => (await told.deliveries(path))[0].status === 'failed';
    await waitUntil('it has ended', failed, PATIENCE_MS);

    expect((await told.deliveries(path))[0].code).toBe('endpoint_removed');
    expect(told.receiver.received).toHaveLength(1);
  });
});
