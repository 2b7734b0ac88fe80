import { type ApiReply, waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { BACKEND_NAMES } from '../../services.ts';
import { expectProblem, GUIDE_FAILURE, GUIDE_REQUEST, type Stack, startStack } from './appointment-stack.ts';
import { createHold, onlyPosts } from './interferences.ts';

const OPERATOR = { operatorToken: 'of-the-operators' };
const DECLINED = { ...GUIDE_REQUEST, cardNum: '4000000000000002' };
const MEMBERS = ['id', 'status', 'name', 'doctor', 'date', 'card', 'createdAt', 'updatedAt', 'reply', 'steps'];
// Each service is called in one step; a later one goes after these.
const STEPS = ['reserve', 'pay', ...BACKEND_NAMES.slice(2).map(() => expect.any(String))];
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

const pathOf = (reply: ApiReply) => reply.headers.get('location') as string;
const stepsOf = (booking: { steps: Array<{ name: string; status: string }> }) =>
  booking.steps.map(({ name, status }) => `${name} ${status}`);

async function bookThen(stack: Stack, request: object = GUIDE_REQUEST): Promise<string> {
  return pathOf(await stack.book(request));
}

describe.concurrent('GET /bookings/{id}', () => {
  test('When the booking is confirmed, Then all of it is shown in the order of the contract', async () => {
    await using stack = await startStack();
    const reply = await stack.book();
    const booking = await stack.booking(reply);
    const step = { status: 'done', attempts: 1, startedAt: TIME, endedAt: TIME, code: null };
    expect(booking).toEqual({
      id: pathOf(reply).split('/').at(-1),
      status: 'confirmed',
      name: 'Thomas Colins',
      doctor: 'John Doe',
      date: '30-09-2019',
      card: '•••• 4567',
      createdAt: TIME,
      updatedAt: TIME,
      reply: reply.json,
      steps: STEPS.map((name) => ({ name, ...step })),
    });
    expect(Object.keys(booking)).toEqual(MEMBERS);
    expect(Object.keys(booking.steps[0])).toEqual(['name', 'status', 'attempts', 'startedAt', 'endedAt', 'code']);
  });

  test('When it is still under way, Then it is pending and has no reply yet', async () => {
    await using stack = await startStack();
    const hold = createHold();
    stack.payment.interfere(hold.before);
    const path = pathOf(await stack.book(GUIDE_REQUEST, { prefer: 'respond-async' }));
    await waitUntil('it pays', () => hold.held() === 1);
    const booking = (await stack.call('GET', path)).json;
    expect([booking.status, booking.reply, stepsOf(booking)]).toEqual([
      'pending',
      null,
      ['reserve done', 'pay running'],
    ]);
    expect(booking.steps[1].endedAt).toBeNull();
    hold.release();
    await stack.becomes(path, 'confirmed');
  });

  test('When nothing had to be undone, Then it is failed, and compensated where something had', async () => {
    await using stack = await startStack();
    const failed = await stack.booking(await stack.book({ ...GUIDE_REQUEST, doctor: 'Nobody' }));
    expect([failed.status, stepsOf(failed)]).toEqual(['failed', ['reserve failed']]);
    expect(failed.steps[0].code).toBe('doctor_not_found');
    const compensated = await stack.booking(await stack.book(DECLINED));
    expect([compensated.status, compensated.reply]).toEqual(['compensated', GUIDE_FAILURE]);
    expect(stepsOf(compensated)).toEqual(['reserve done', 'pay failed', 'undo reserve done']);
    expect(compensated.steps[1].code).toBe('card_declined');
  });

  test('When there is no such booking, Then it is 404', async () => {
    await using stack = await startStack();
    for (const id of ['019a0000-0000-7000-8000-000000000000', 'x', '1001']) {
      expectProblem(await stack.call('GET', `/bookings/${id}`), 404, 'booking_not_found', [id === 'x' ? 'zq7x' : id]);
    }
  });
});

describe.concurrent('GET /bookings', () => {
  test('When there are some, Then they come newest first, page by page', async () => {
    await using stack = await startStack(OPERATOR);
    const paths: string[] = [];
    for (let count = 0; count < 5; count += 1) paths.unshift(await bookThen(stack));
    const all = await stack.list();
    expect([all.status, Object.keys(all.json), all.json.nextCursor]).toEqual([200, ['items', 'nextCursor'], null]);
    expect(all.json.items.map(({ id }: { id: string }) => `/bookings/${id}`)).toEqual(paths);
    const asOperator = { authorization: `Bearer ${OPERATOR.operatorToken}` };
    expect(all.json.items[0]).toEqual((await stack.call('GET', paths[0] as string, undefined, asOperator)).json);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { items: Array<{ id: string }>; nextCursor: string | null } = (
        await stack.list(`?limit=2${cursor && `&cursor=${cursor}`}`)
      ).json;
      expect(page.items.length).toBe(page.nextCursor === null ? 1 : 2);
      seen.push(...page.items.map(({ id }) => `/bookings/${id}`));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(paths);
    expect((await stack.list('?limit=5')).json.nextCursor).toBeNull();
  });

  test('When it is filtered, Then only what fits comes', async () => {
    await using stack = await startStack(OPERATOR);
    const confirmed = await bookThen(stack);
    const compensated = await bookThen(stack, DECLINED);
    const other = await bookThen(stack, { ...GUIDE_REQUEST, doctor: 'Élodie Marchand' });
    const failed = await bookThen(stack, { ...GUIDE_REQUEST, doctor: 'Nobody' });
    const paths = async (query: string) =>
      (await stack.list(query)).json.items.map(({ id }: { id: string }) => `/bookings/${id}`);
    expect(await paths('?status=confirmed')).toEqual([other, confirmed]);
    expect(await paths('?status=compensated')).toEqual([compensated]);
    expect(await paths('?status=failed')).toEqual([failed]);
    expect(await paths('?status=stuck')).toEqual([]);
    expect(await paths('?doctor=john%20doe')).toEqual([compensated, confirmed]);
    expect(await paths(`?doctor=${encodeURIComponent('e\u0301LODIE MARCHAND')}`)).toEqual([other]);
    expect(await paths('?doctor=John%20Doe&status=confirmed&limit=1')).toEqual([confirmed]);
  });

  test('When a doctor is typed in another way, Then the bookings come, also those that an earlier release stored', async () => {
    await using stack = await startStack(OPERATOR);
    const doctor = 'Zoë O’Strauß';
    const before = await bookThen(stack, { ...GUIDE_REQUEST, doctor });
    const today = await bookThen(stack, { ...GUIDE_REQUEST, doctor });
    await stack.change(async (tables) => {
      const row = tables.updateTable('bookings').where('id', '=', before.split('/').at(-1) as string);
      await row.set({ doctor_key: 'zoë o’strauß' }).execute();
    });
    const paths = async (typed: string) =>
      (await stack.list(`?doctor=${encodeURIComponent(typed)}`)).json.items.map(
        ({ id }: { id: string }) => `/bookings/${id}`,
      );
    expect(await paths("ZOË  O'STRAUSS")).toEqual([today]);
    expect(await paths('zoë o’STRAUß')).toEqual([today, before]);
  });

  test('When the query does not fit, Then it is 400 and names what does not', async () => {
    await using stack = await startStack(OPERATOR);
    const queries = {
      '/limit': ['limit=0', 'limit=201', 'limit=1.5', 'limit=zq7x', 'limit=', 'limit=1&limit=2'],
      '/cursor': ['cursor=zq7x', 'cursor=', 'cursor=1'],
      '/status': ['status=zq7x', 'status=completed', 'status=failed&status=stuck'],
      '/doctor': ['doctor=', 'doctor=zq7x%00'],
    };
    for (const [pointer, wrong] of Object.entries(queries)) {
      for (const query of wrong) {
        const reply = await stack.list(`?${query}`);
        expectProblem(reply, 400, 'invalid_input', ['zq7x']);
        expect([query, reply.json.errors[0].pointer]).toEqual([query, pointer]);
      }
    }
  });
});

describe.concurrent('the operator routes', () => {
  const routes = [
    ['GET', '/bookings'],
    ['PUT', '/bookings/some-id/cancellation'],
    ['POST', '/bookings/some-id/retry'],
  ] as const;

  test.each(routes)('When %s %s comes and no token is set, Then it is 403', async (method, path) => {
    await using stack = await startStack();
    for (const authorization of ['', 'Bearer ', 'Bearer undefined', 'Bearer x']) {
      expectProblem(await stack.call(method, path, undefined, { authorization }), 403, 'operator_token_not_set');
    }
  });

  test.each(routes)('When %s %s comes with a wrong token, Then it is 401, and with it not', async (method, path) => {
    await using stack = await startStack({ ...OPERATOR, serviceToken: 'of-the-services' });
    const wrong = [
      '',
      'of-the-operators',
      'Bearer',
      'Bearer of-the-operators2',
      'Bearer of-the-services',
      'Basic of-the-operators',
    ];
    for (const authorization of wrong) {
      const reply = await stack.call(method, path, undefined, { authorization });
      expectProblem(reply, 401, 'unauthorized', ['of-the']);
      expect(reply.headers.get('www-authenticate')).toBe('Bearer');
    }
    const served = await stack.call(method, path, undefined, { authorization: 'Bearer of-the-operators' });
    if (path === '/bookings') expect(served.status).toBe(200);
    else expectProblem(served, 404, 'booking_not_found');
  });

  test('When the services ask for a token, Then the orchestrator sends it on every call', async () => {
    await using stack = await startStack({ ...OPERATOR, serviceToken: 'of-the-services' });
    const reply = await stack.book();
    expect(reply.status).toBe(200);
    expect((await stack.cancel(pathOf(reply))).status).toBe(200);
    const requests = [...stack.reservation.requests, ...stack.payment.requests];
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(Array(4).fill('Bearer of-the-services'));
    expect(stack.lines.filter((line) => line.includes('of-the-services'))).toEqual([]);
  });

  test('When a booking is under way, Then it can be neither cancelled nor retried', async () => {
    await using stack = await startStack(OPERATOR);
    const hold = createHold();
    stack.payment.interfere(onlyPosts(hold.before));
    const path = pathOf(await stack.book(GUIDE_REQUEST, { prefer: 'respond-async' }));
    await waitUntil('it pays', () => hold.held() === 1);
    expectProblem(await stack.cancel(path), 409, 'booking_not_confirmed');
    expectProblem(await stack.retry(path), 409, 'booking_not_stuck');
    hold.release();
    await stack.becomes(path, 'confirmed');
    expect((await stack.kept()).charges).toHaveLength(1);
  });
});
