import { type ApiReply, readStored, respondJson, send, startStubServer } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { createHttpGateway } from '../src/http-gateway.ts';
import { PAYER, startPaymentService } from './payment-service.ts';
import { type Fault, startPsp } from './stub-psp.ts';

const CANARY = '4929123456781234';
const WRITINGS = [CANARY, '4929 1234 5678 1234', '4929-1234-5678-1234'];
// No more of the number may be kept, or the rest could be guessed.
const TRACES = [...WRITINGS, CANARY.slice(0, 10), CANARY.slice(5), Buffer.from(CANARY).toString('base64').slice(0, 20)];
const CANARY_PAYER = { ...PAYER, cardNum: CANARY };

type Service = Awaited<ReturnType<typeof startPaymentService>>;

/** In no byte of the store, log line, header or body. */
async function expectNowhere(service: Service, replies: ApiReply[]): Promise<void> {
  const stored = await readStored(service.folder);
  expect(stored.length).toBeGreaterThanOrEqual(2);
  expect(stored.join()).toContain('001-payments');
  expect(service.lines.length).toBeGreaterThan(0);
  const headers = replies.map((reply) => JSON.stringify([...reply.headers]));
  const places = [...stored, ...service.lines, ...headers, ...replies.map(({ text }) => text)];
  for (const trace of TRACES) expect(places.filter((place) => place.includes(trace))).toEqual([]);
}

describe('the card number', () => {
  test('When payments succeed, are retried, differ and are refunded, Then it is in no log, store or reply', async () => {
    await using service = await startPaymentService();
    const replies: ApiReply[] = [];
    for (const cardNum of [...WRITINGS, CANARY]) replies.push(await service.pay({ ...PAYER, cardNum }, 'booking-1'));
    replies.push(await service.pay({ ...CANARY_PAYER, amount: '2.00' }, 'booking-1'));
    replies.push(await service.find('booking-1'), await service.list(), await service.refund('booking-1'));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 422, 200, 200, 200]);
    expect(replies[5]?.json.card).toBe('•••• 1234');
    await expectNowhere(service, replies);
  });

  test('When the input is bad, Then it is in no log, store or reply', async () => {
    await using service = await startPaymentService();
    const text = JSON.stringify(CANARY_PAYER);
    const replies = [
      await service.pay(text.slice(0, -1)),
      await service.pay(`${text}x`),
      await service.pay(CANARY),
      await service.pay(text, undefined, { 'content-type': 'text/plain' }),
      await service.pay({ ...PAYER, cardNum: `${CANARY}x` }),
      await service.pay({ ...PAYER, cardNum: Number(CANARY) }),
      await service.pay({ ...CANARY_PAYER, amount: CANARY }),
      await service.pay({ ...CANARY_PAYER, [CANARY]: CANARY.repeat(1100) }),
      await send(`${service.url}/payment/makePayment/${CANARY}`, 'POST', CANARY_PAYER),
    ];
    expect(replies.every(({ status }) => status >= 400 && status < 500)).toBe(true);
    await expectNowhere(service, replies);
  });

  test.each<[string, Fault | 'down' | 'none']>([
    ['declines or settles', 'none'],
    ['is unreachable', 'down'],
    ['never responds', 'hang'],
    ['hangs up', 'reset'],
    ['fails', 'http_500'],
    ['sends an invalid response', 'html'],
  ])('When the gateway %s, Then it is in no log, store or reply', async (_what, fault) => {
    const psp = await startPsp();
    if (fault === 'down') await psp[Symbol.asyncDispose]();
    else psp.everyResponse = fault === 'none' ? undefined : fault;
    await using service = await startPaymentService({
      gateway: createHttpGateway({ baseUrl: psp.url, timeoutMs: 150 }),
    });
    const replies = [await service.pay(CANARY_PAYER, 'booking-1'), await service.refund('booking-1')];
    expect(replies.map(({ status }) => status)).toEqual(fault === 'none' ? [200, 200] : [503, 503]);
    await expectNowhere(service, replies);
    if (fault !== 'down') await psp[Symbol.asyncDispose]();
  });

  test('When a PSP puts it into its decline code, Then that is not passed on', async () => {
    await using psp = await startStubServer((_request, response) =>
      respondJson(response, 402, { status: 'declined', declineCode: `card_${CANARY}` }),
    );
    await using service = await startPaymentService({
      gateway: createHttpGateway({ baseUrl: psp.url, timeoutMs: 500 }),
    });
    const reply = await service.pay(CANARY_PAYER, 'booking-1');
    expect([reply.status, reply.json.declineCode]).toEqual([402, 'generic_decline']);
    await expectNowhere(service, [reply]);
  });
});
