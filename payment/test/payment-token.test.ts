import { pruneKeys } from '@appointments/chassis';
import { type ApiReply, readStored } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { createHttpGateway } from '../src/http-gateway.ts';
import { PAYER, startPaymentService } from './payment-service.ts';
import { type Fault, startPsp } from './stub-psp.ts';
import { createBreakableGateway } from './test-gateways.ts';

const { cardNum: _cardNum, ...WITHOUT_CARD } = PAYER;
const CANARY = 'tok_canary.9f8e7d6c5b4a~3210';
const DAY_MS = 86_400_000;

const byToken = (paymentToken: unknown) => ({ ...WITHOUT_CARD, paymentToken });

type Service = Awaited<ReturnType<typeof startPaymentService>>;

/** In no byte of the store, log line, header or body. */
async function expectNowhere(service: Service, replies: ApiReply[]): Promise<void> {
  const stored = await readStored(service.folder);
  expect(stored.join()).toContain('004-payment-tokens');
  const headers = replies.map((reply) => JSON.stringify([...reply.headers]));
  const places = [...stored, ...service.lines, ...headers, ...replies.map(({ text }) => text)];
  for (const trace of [CANARY, CANARY.slice(0, 12), Buffer.from(CANARY).toString('base64').slice(0, 20)]) {
    expect(places.filter((place) => place.includes(trace))).toEqual([]);
  }
}

describe('a payment by token', () => {
  test.each([
    ['tok_visa', 200, undefined],
    ['any-other-token', 200, undefined],
    ['tok_chargeDeclined', 402, 'generic_decline'],
    ['tok_chargeDeclinedInsufficientFunds', 402, 'insufficient_funds'],
  ])('When the token is %s, Then it is %d %s', async (token, status, declineCode) => {
    await using service = await startPaymentService();
    const reply = await service.pay(byToken(token), 'booking-1');
    expect([reply.status, reply.json.declineCode]).toEqual([status, declineCode]);
  });

  test('When it is looked at, Then there is no card', async () => {
    await using service = await startPaymentService();
    const { payment_id } = (await service.pay(byToken('tok_visa'), 'booking-1')).json;
    const shown = { reference: 'booking-1', payment_id, payment_status: 'settled', amount: '1000.00' };
    expect((await service.find('booking-1')).json).toEqual(shown);
    expect((await service.list()).json.items).toEqual([shown]);
  });

  test.each([['!'], ['~'.repeat(255)]])('When the token is %s, Then it is accepted', async (token) => {
    await using service = await startPaymentService();
    expect((await service.pay(byToken(token))).status).toBe(200);
  });

  test('When a PSP is charged, Then it gets the token and no card', async () => {
    await using psp = await startPsp();
    await using service = await startPaymentService({
      gateway: createHttpGateway({ baseUrl: psp.url, timeoutMs: 1_000 }),
    });
    expect((await service.pay(byToken('tok_visa'), 'booking-1')).status).toBe(200);
    const sent = { reference: 'booking-1', amount: '1000.00', token: 'tok_visa', name: 'Thomas Colins' };
    expect(psp.requests[0]?.body).toEqual(sent);
  });

  test.each([
    ['another token', byToken('tok_other')],
    ['a card', PAYER],
  ])('When the key comes again with %s, Then it is 422, also after a day', async (_what, other) => {
    let at = Date.now();
    const psp = createBreakableGateway();
    await using service = await startPaymentService({ gateway: psp.gateway, now: () => at });
    const first = await service.pay(byToken('tok_visa'), 'booking-1');
    expect((await service.pay(other, 'booking-1')).json.code).toBe('idempotency_key_reused');

    at += 2 * DAY_MS;
    await service.database.transaction((tables) => pruneKeys(tables, at));
    expect((await service.pay(other, 'booking-1')).json.code).toBe('idempotency_key_reused');
    expect((await service.pay(byToken('tok_visa'), 'booking-1')).json).toEqual(first.json);
    expect(psp.asked).toHaveLength(1);
  });

  test.each<[string, Fault | undefined, number]>([
    ['settles', undefined, 200],
    ['never responds', 'hang', 503],
    ['fails', 'http_500', 503],
  ])('When the gateway %s, Then the token is in no log, store or reply', async (_what, fault, status) => {
    await using psp = await startPsp();
    psp.everyResponse = fault;
    await using service = await startPaymentService({
      gateway: createHttpGateway({ baseUrl: psp.url, timeoutMs: 150 }),
    });
    const replies = [
      await service.pay(byToken(CANARY), 'booking-1'),
      await service.find('booking-1'),
      await service.list(),
      await service.refund('booking-1'),
      await service.pay(byToken(`${CANARY}\n`), 'booking-2'),
      await service.pay({ ...PAYER, paymentToken: CANARY }, 'booking-2'),
      await service.pay(`${JSON.stringify(byToken(CANARY))}x`),
    ];
    expect(replies[0]?.status).toBe(status);
    expect(replies.slice(4).map((reply) => reply.status)).toEqual([400, 400, 400]);
    await expectNowhere(service, replies);
  });
});
