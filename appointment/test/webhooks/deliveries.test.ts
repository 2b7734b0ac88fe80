import { removeSagas } from 'durable-saga';
import { describe, expect, test } from 'vitest';
import { expectProblem } from '../appointment-stack.ts';
import { answer } from './receiver.ts';
import { startTold } from './told-stack.ts';

const metric = (text: string, name: string): string | undefined =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${name} `))
    ?.slice(name.length + 1);

describe.concurrent('GET /bookings/{id}/deliveries', () => {
  test('When a webhook was delivered, Then it is shown with its try, and of its receiver the host only', async () => {
    await using told = await startTold();
    const path = await told.book();

    const delivery = await told.becomes(path, 'delivered');

    expect(delivery).toMatchObject({ event: 'booking.confirmed', code: null, nextTryAt: null });
    expect(delivery.webhookId).toBe(told.receiver.received[0]?.webhookId);
    expect(delivery.tries).toEqual([
      { startedAt: expect.any(String), endedAt: expect.any(String), status: 204, code: null },
    ]);
    expect(delivery.receiver).toBe(new URL(told.receiver.url).host);
    expect(JSON.stringify(delivery)).not.toMatch(/hooks|whsec/);
  });

  test('When it was not, Then it is pending and says when it is tried next', async () => {
    await using told = await startTold();
    told.receiver.respond(answer(500));
    const delivery = await told.becomes(await told.book(), 'pending');
    expect(delivery.tries).toMatchObject([{ status: 500, code: null }]);
    expect(Date.parse(delivery.nextTryAt) - Date.parse(delivery.tries[0].endedAt)).toBeGreaterThanOrEqual(9_000);
  });

  test('When somebody else asks, or for no booking, Then 401 or 404', async () => {
    await using told = await startTold();
    const path = await told.book();
    const { id } = await told.becomes(path, 'delivered');
    expectProblem(await told.stack.call('GET', `${path}/deliveries`), 401, 'unauthorized');
    expectProblem(await told.stack.call('POST', `${path}/deliveries/${id}/retry`), 401, 'unauthorized');
    expectProblem(await told.sendAgain('/bookings/none', id), 404, 'booking_not_found');
    expectProblem(await told.sendAgain(path, `${id}_9`), 404, 'delivery_not_found');
    expect(told.receiver.received).toHaveLength(1);
  });
});

describe.concurrent('POST /bookings/{id}/deliveries/{id}/retry', () => {
  test('When a delivery has ended, Then the same webhook is sent again as a delivery of its own', async () => {
    await using told = await startTold();
    told.receiver.respond(answer(410));
    const path = await told.book();
    const ended = await told.becomes(path, 'failed');
    expect(ended.code).toBe('gone');
    told.receiver.respond(answer(200));

    const reply = await told.sendAgain(path, ended.id);

    expect([reply.status, reply.json.status, reply.json.webhookId]).toEqual([200, 'delivered', ended.webhookId]);
    const [first, second] = told.receiver.received;
    expect(second).toEqual(first);
    expect((await told.deliveries(path)).map(({ status }: { status: string }) => status)).toEqual([
      'failed',
      'delivered',
    ]);
  });

  test('When an earlier delivery is no longer kept, Then it is sent again all the same', async () => {
    await using told = await startTold();
    told.receiver.respond(answer(410));
    const path = await told.book();
    const first = await told.becomes(path, 'failed');
    const second = (await told.sendAgain(path, first.id)).json;
    await told.stack.change((tables) => removeSagas(tables, [first.id]).then(() => {}));
    told.receiver.respond(answer(200));

    const { json: third } = await told.sendAgain(path, second.id);

    expect([second.status, third.status, third.webhookId]).toEqual(['failed', 'delivered', first.webhookId]);
    expect(told.receiver.received).toHaveLength(3);
  });

  test('When it waits for its next try, Then the new one takes its place', async () => {
    await using told = await startTold();
    told.receiver.respond(answer(500));
    const path = await told.book();
    const waiting = await told.becomes(path, 'pending');
    told.receiver.respond(answer(200));

    await told.sendAgain(path, waiting.id);

    const statuses = (await told.deliveries(path)).map(({ status }: { status: string }) => status);
    expect(statuses).toEqual(['cancelled', 'delivered']);
    expect(new Set(told.receiver.received.map(({ webhookId }) => webhookId)).size).toBe(1);
  });

  test('When it is being tried, or asked for by several at once, Then it is sent once', async () => {
    await using told = await startTold();
    told.receiver.respond(() => {});
    const path = await told.book();
    const [trying] = await told.deliveries(path);
    const reply = await told.sendAgain(path, trying.id);
    expect([reply.status, reply.json.id]).toEqual([200, trying.id]);
    told.receiver.respond(answer(500));
    expect(told.receiver.received).toHaveLength(1);
  });
});

describe.concurrent('what is told of bookings', () => {
  test('When deliveries wait, Then lists, counts, metrics and moves of bookings know nothing of them', async () => {
    await using told = await startTold();
    told.receiver.respond(answer(500));
    const path = await told.book();
    const { id } = await told.becomes(path, 'pending');

    expect((await told.stack.list()).json.items).toHaveLength(1);
    expect((await told.stack.list('?status=requires_action')).json.items).toEqual([]);
    expectProblem(await told.stack.call('GET', `/bookings/${id}`), 404, 'booking_not_found');
    expectProblem(await told.stack.cancel(`/bookings/${id}`), 404, 'booking_not_found');
    expectProblem(await told.stack.retry(`/bookings/${id}`), 404, 'booking_not_found');
    expect(await told.becomes(path, 'pending')).toMatchObject({ id });
    const { text } = await told.stack.call('GET', '/metrics');
    expect(metric(text, 'bookings_unfinished{status="requires_action"}')).toBe('0');
    expect(metric(text, 'bookings_unfinished{status="pending"}')).toBe('0');
    expect(text).not.toMatch(
      /bookings_total\{outcome="(?!confirmed)|saga_step_duration_seconds_count\{[^}]*step="try"/,
    );
  });

  test('When deliveries wait, fail and arrive, Then they have metrics of their own', async () => {
    await using told = await startTold();
    await told.becomes(await told.book(), 'delivered');
    told.receiver.respond(answer(410));
    await told.becomes(await told.book(), 'failed');
    told.receiver.respond(answer(500));
    await told.becomes(await told.book(), 'pending');

    const { text } = await told.stack.call('GET', '/metrics');

    const { host } = new URL(told.receiver.url);
    expect(metric(text, 'webhook_deliveries_total{event="booking.confirmed",outcome="delivered"}')).toBe('1');
    expect(metric(text, 'webhook_deliveries_total{event="booking.confirmed",outcome="given_up"}')).toBe('0');
    expect(metric(text, 'webhook_deliveries_total{event="booking.confirmed",outcome="gone"}')).toBe('1');
    expect(metric(text, `webhook_tries_total{receiver="${host}",result="taken"}`)).toBe('1');
    expect(metric(text, `webhook_tries_total{receiver="${host}",result="4xx"}`)).toBe('1');
    expect(metric(text, `webhook_tries_total{receiver="${host}",result="5xx"}`)).toBe('1');
    expect(metric(text, 'webhook_deliveries_unfinished')).toBe('1');
    expect(Number(metric(text, 'webhook_delivery_oldest_seconds'))).toBeGreaterThan(0);
  });
});
