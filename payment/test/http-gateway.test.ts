import { waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { createHttpGateway } from '../src/http-gateway.ts';
import { PAYER, type PaymentServiceOptions, startPaymentService } from './payment-service.ts';
import { CHALLENGED_CARD, type Fault, startPsp } from './stub-psp.ts';

async function startWithPsp(timeoutMs = 1_000, options: PaymentServiceOptions = {}) {
  const psp = await startPsp();
  const gateway = createHttpGateway({ baseUrl: psp.url, token: 'psp-token', timeoutMs });
  const service = await startPaymentService({ gateway, ...options });
  return {
    psp,
    service,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await psp[Symbol.asyncDispose]();
    },
  };
}

const FAULTS: Fault[] = ['hang', 'reset', 'http_500', 'html', 'html_422', 'wrong_shape', 'truncated'];
const quick = (fault: Fault) => (fault === 'hang' ? 100 : 5_000);

describe('a charge through a PSP', () => {
  test('When it settles, Then the PSP got what its contract says and nothing more', async () => {
    await using setup = await startWithPsp();
    expect((await setup.service.pay({ ...PAYER, cardNum: '4242 4242 4242 4242' }, 'booking-1')).status).toBe(200);
    expect(setup.psp.paths()).toEqual(['/charges']);
    const [request] = setup.psp.requests;
    expect(request?.body).toEqual({
      reference: 'booking-1',
      amount: '1000.00',
      card: '4242424242424242',
      name: 'Thomas Colins',
    });
    expect(request?.headers).toMatchObject({ 'idempotency-key': 'booking-1', authorization: 'Bearer psp-token' });
  });

  test('When it is declined, Then the PSP is called once and its code is passed on', async () => {
    await using setup = await startWithPsp();
    const reply = await setup.service.pay({ ...PAYER, cardNum: '4000000000000002' }, 'booking-1');
    expect([reply.status, reply.json.declineCode]).toEqual([402, 'do_not_honor']);
    expect(setup.psp.requests).toHaveLength(1);
  });

  test('When it is processing, Then the payment waits, and settles once the PSP says so when it is asked', async () => {
    await using setup = await startWithPsp(1_000, { actionTimeoutMs: 300 });
    setup.psp.decidedLater.set('booking-1', { status: 'settled' });
    const reply = await setup.service.pay({ ...PAYER, cardNum: '4000000000000119' }, 'booking-1');
    expect([reply.status, reply.json]).toEqual([202, { payment_status: 'processing', payment_id: expect.any(String) }]);
    expect((await setup.service.find('booking-1')).json.code).toBe('payment_undecided');
    await waitUntil('it is settled', async () => (await setup.service.find('booking-1')).status === 200);
    expect((await setup.service.pay({ ...PAYER, cardNum: '4000000000000119' }, 'booking-1')).json).toEqual({
      payment_status: 'settled',
      payment_id: reply.json.payment_id,
    });
    expect(setup.psp.paths()).toEqual(['/charges', '/charges/booking-1']);
  });

  test('When it is processing until its time is over, Then it is voided at the PSP', async () => {
    await using setup = await startWithPsp(1_000, { actionTimeoutMs: 300 });
    await setup.service.pay({ ...PAYER, cardNum: '4000000000000119' }, 'booking-1');
    await waitUntil('it is voided', () => setup.psp.refunds.size > 0);
    await waitUntil(
      'the ledger says so',
      async () => (await setup.service.find('booking-1')).json.payment_status === 'voided',
    );
    expect(setup.psp.paths()).toEqual(['/charges', '/charges/booking-1', '/refunds']);
  });

  test('When the cardholder has to confirm, Then the URL of the PSP is passed on', async () => {
    await using setup = await startWithPsp();
    const reply = await setup.service.pay({ ...PAYER, cardNum: CHALLENGED_CARD }, 'booking-1');
    const next = { type: 'redirect', url: 'https://bank.example/1' };
    expect([reply.status, reply.json.next_action]).toEqual([202, next]);
  });

  test.each(FAULTS)('When the first response is lost (%s), Then a retry with the same key gets it', async (fault) => {
    await using setup = await startWithPsp(quick(fault));
    setup.psp.faults = [fault];
    expect((await setup.service.pay(PAYER, 'booking-1')).status).toBe(200);
    expect(setup.psp.paths()).toEqual(['/charges', '/charges']);
    expect(new Set(setup.psp.requests.map(({ headers }) => headers['idempotency-key']))).toEqual(
      new Set(['booking-1']),
    );
    expect(setup.psp.charges.size).toBe(1);
  });

  test.each(FAULTS)(
    'When both responses are lost (%s), Then it is 503, and later there is one charge',
    async (fault) => {
      await using setup = await startWithPsp(quick(fault));
      setup.psp.faults = [fault, fault];
      const refused = await setup.service.pay(PAYER, 'booking-1');
      expect([refused.status, refused.json.code]).toEqual([503, 'gateway_unavailable']);
      expect((await setup.service.pay(PAYER, 'booking-1')).status).toBe(200);
      expect(setup.psp.charges.size).toBe(1);
      expect((await setup.service.list()).json.items).toHaveLength(1);
    },
  );

  test('When nothing listens, Then it is 503 and the payment stays pending', async () => {
    await using setup = await startWithPsp();
    await setup.psp[Symbol.asyncDispose]();
    expect((await setup.service.pay(PAYER, 'booking-1')).json.code).toBe('gateway_unavailable');
    expect((await setup.service.find('booking-1')).json.code).toBe('payment_undecided');
  });
});

describe('a reversal through a PSP', () => {
  test('When a settled payment is refunded, Then the PSP is called with its own key', async () => {
    await using setup = await startWithPsp();
    await setup.service.pay(PAYER, 'booking-1');
    expect((await setup.service.refund('booking-1')).json.payment_status).toBe('refunded');
    const request = setup.psp.requests.at(-1);
    expect(request?.body).toEqual({ reference: 'booking-1', amount: '1000.00' });
    expect(request?.headers['idempotency-key']).toBe('refund-booking-1');
  });

  test('When the PSP does not know the charge, Then that counts as reversed', async () => {
    await using setup = await startWithPsp();
    await setup.service.database.transaction((tables) =>
      tables
        .insertInto('payments')
        .values({ reference: 'booking-1', amount: 5, status: 'pending', created_at: 0, updated_at: 0 })
        .execute(),
    );
    expect((await setup.service.refund('booking-1')).json.payment_status).toBe('voided');
    expect(setup.psp.paths()).toEqual(['/refunds']);
  });

  test.each(FAULTS)('When both responses are lost (%s), Then it is 503 and a retry finishes it', async (fault) => {
    await using setup = await startWithPsp(quick(fault));
    await setup.service.pay(PAYER, 'booking-1');
    setup.psp.faults = [fault, fault];
    expect((await setup.service.refund('booking-1')).status).toBe(503);
    expect((await setup.service.find('booking-1')).json.payment_status).toBe('settled');
    expect((await setup.service.refund('booking-1')).json.payment_status).toBe('refunded');
    expect(setup.psp.refunds.size).toBe(1);
  });
});
