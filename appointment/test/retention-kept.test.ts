import { send, waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { GUIDE_REQUEST, startStack } from './appointment-stack.ts';
import { respond } from './interferences.ts';
import { age, audit, DAY_MS, GRACE_MS, idOf, openRemoval, RETENTION_MS, TOKEN, tracesOf } from './removal.ts';
import { answer, startReceiver } from './webhooks/receiver.ts';

describe.concurrent('BOOKING_RETENTION', () => {
  test('When the appointment of a confirmed booking is not so long ago, Then the booking stays and can be cancelled', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    const id = idOf(await stack.book({ ...GUIDE_REQUEST, date: '30-09-2090' }));
    await age(stack, [id], 2 * RETENTION_MS);
    await using removal = openRemoval(stack);

    await removal.removeAll();

    expect(await tracesOf(stack, id)).toEqual(['booking', 'appointment', 'payment']);
    expect((await stack.cancel(`/bookings/${id}`)).json.status).toBe('cancelled');
  });

  test('When the day of an appointment was just so long ago, Then its booking stays, and the day after that it goes', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    await using removal = openRemoval(stack);
    const noon = removal.clock.now - (removal.clock.now % DAY_MS) + DAY_MS / 2;
    removal.clock.now = noon;
    const day = new Date(noon - RETENTION_MS).toISOString().slice(0, 10).split('-').reverse().join('-');
    const id = idOf(await stack.book({ ...GUIDE_REQUEST, date: day }));
    await age(stack, [id], 2 * RETENTION_MS);

    await removal.removeAll();
    expect(await tracesOf(stack, id)).toEqual(['booking', 'appointment', 'payment']);
    removal.clock.now = noon + DAY_MS;
    await removal.removeAll();

    expect(await tracesOf(stack, id)).toEqual([]);
  });

  test('When a booking has not ended, Then it stays, however old it is', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    const ids = [idOf(await stack.book({ ...GUIDE_REQUEST, cardNum: '4000002760003184' })), idOf(await stack.book())];
    const [waiting, stuck] = ids.map((id) => `/bookings/${id}`) as [string, string];
    stack.payment.interfere((ctx, next) => (ctx.method === 'PUT' ? respond(500, '{}')(ctx, next) : next()));
    await stack.cancel(stuck);
    await stack.becomes(stuck, 'stuck');
    await age(stack, ids, 2 * RETENTION_MS);
    await using removal = openRemoval(stack);

    await removal.removeAll();

    expect((await stack.call('GET', waiting)).json.status).toBe('requires_action');
    expect((await stack.call('GET', stuck)).status).toBe(200);
    const appointments = (await stack.reservation.get('/reservation/appointments?limit=500')).items;
    expect(appointments.map(({ status }: { status: string }) => status)).toEqual(['booked', 'booked']);
  });

  test('When a webhook is still to be delivered, Then its booking stays until it is', async () => {
    await using receiver = await startReceiver({ respond: answer(500) });
    await using stack = await startStack({ operatorToken: TOKEN, endpoints: [receiver.endpoint] });
    const id = idOf(await stack.book());
    await receiver.gets(1);
    await age(stack, [id], RETENTION_MS + DAY_MS);
    await using removal = openRemoval(stack);

    await removal.removeAll();
    expect(await tracesOf(stack, id)).toEqual(['booking', 'appointment', 'payment']);
    const deliveries = async () =>
      (await stack.call('GET', `/bookings/${id}/deliveries`, undefined, { authorization: `Bearer ${TOKEN}` })).json
        .items;
    const [delivery] = await deliveries();
    receiver.respond(answer(204));
    await stack.call('POST', `/bookings/${id}/deliveries/${delivery.id}/retry`, undefined, {
      authorization: `Bearer ${TOKEN}`,
    });
    await waitUntil('it is delivered', async () =>
      (await deliveries()).every(({ status }: { status: string }) => ['delivered', 'cancelled'].includes(status)),
    );
    await removal.removeAll();

    expect(await tracesOf(stack, id)).toEqual([]);
  });

  test('When a booking is cancelled after it was marked, Then it is kept until that is old', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    const id = idOf(await stack.book());
    await age(stack, [id], RETENTION_MS + DAY_MS);
    await using removal = openRemoval(stack);
    await removal.removeOld();

    expect((await stack.cancel(`/bookings/${id}`)).json.status).toBe('cancelled');
    removal.clock.now += GRACE_MS;
    await removal.removeOld();

    expect(await tracesOf(stack, id)).toEqual(['booking', 'appointment', 'payment']);
    expect(await audit(stack)).toEqual([]);
  });

  test('When money of a booking is still owed, Then its payment and its appointment stay', async () => {
    await using stack = await startStack({ operatorToken: TOKEN });
    const id = idOf(await stack.book());
    await age(stack, [id], RETENTION_MS + DAY_MS);
    await using removal = openRemoval(stack);
    stack.payment.interfere((ctx, next) => {
      if (!ctx.path.endsWith('/removals')) return next();
      ctx.body = { kept: [id] };
    });

    await removal.removeAll();
    expect(await tracesOf(stack, id)).toEqual(['appointment', 'payment']);
    stack.payment.interfere(undefined);
    await removal.removeOld();

    expect(await tracesOf(stack, id)).toEqual([]);
  });
});

test('When a service is asked to remove what is booked or owed, Then it stays', async () => {
  await using stack = await startStack({ operatorToken: TOKEN });
  const confirmed = idOf(await stack.book());
  const waiting = idOf(await stack.book({ ...GUIDE_REQUEST, cardNum: '4000002760003184' }));
  const references = [confirmed, waiting];

  const payment = await send(`${stack.payment.url}/payment/removals`, 'POST', { references: [waiting] });
  const reservation = await send(`${stack.reservation.url}/reservation/removals`, 'POST', { references });

  expect([payment.json, reservation.json]).toEqual([{ kept: [waiting] }, { removed: 0 }]);
  expect((await stack.kept()).slots).toEqual(references);
});
