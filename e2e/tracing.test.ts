import { waitUntil } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { createFaultStack } from './src/faults/fault-stack.ts';
import { STRIKE } from './src/faults/strike.ts';
import { type ReceivedSpan, startSpanReceiver } from './src/span-receiver.ts';

const CANARY_CARD = '4929123456781234';

async function book(url: string, traceId: string, wishes: object = {}): Promise<Response | undefined> {
  return fetch(`${url}/doctorAppoinment/reservation`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
      'x-request-id': STRIKE,
    },
    body: JSON.stringify({
      name: 'Thomas Colins',
      doctor: 'John Doe',
      date: '30-09-2019',
      cardNum: CANARY_CARD,
      ...wishes,
    }),
  }).catch(() => undefined);
}

/** The names of a span and of all above it, the span itself first. */
function ancestry(spans: ReceivedSpan[], span: ReceivedSpan | undefined): string[] {
  if (!span) return [];
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [`${span.service}: ${span.name}`, ...ancestry(spans, parent)];
}

describe('tracing', () => {
  test('When a booking is made, Then one trace goes through all services with a span per step', async () => {
    await using receiver = await startSpanReceiver();
    await using stack = await createFaultStack({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
    await stack.startAll();
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    expect((await book(stack.addresses.appointment, traceId))?.status).toBe(200);
    const find = (service: string, name: string) =>
      receiver.spans.find((span) => span.service === service && span.name === name && span.traceId === traceId);
    const charge = () => find('payment', 'POST /payment/makePayment');
    const whole = () => find('appointment', 'POST /doctorAppoinment/reservation');
    const reservation = () => find('reservation', 'POST /reservation/createAppointment');
    await waitUntil('spans of all services', () => Boolean(charge() && whole() && reservation()));
    expect(ancestry(receiver.spans, charge())).toEqual([
      'payment: POST /payment/makePayment',
      'appointment: POST payment',
      'appointment: step pay',
      'appointment: POST /doctorAppoinment/reservation',
    ]);
    expect(whole()?.parentSpanId).toBe('00f067aa0ba902b7');
    expect(reservation()?.parentSpanId).toBeDefined();
    expect(receiver.text()).not.toContain(CANARY_CARD);
  });

  test('When a step is refused, Then its span has failed and the undo has a span of its own', async () => {
    await using receiver = await startSpanReceiver();
    await using stack = await createFaultStack({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
    await stack.startAll();
    const traceId = '5bf92f3577b34da6a3ce929d0e0e4736';
    expect((await book(stack.addresses.appointment, traceId, { cardNum: '4000000000000002' }))?.status).toBe(402);
    const named = (name: string) => receiver.spans.find((span) => span.name === name && span.traceId === traceId);
    await waitUntil(
      'the span of the undo',
      () => named('undo reserve') !== undefined && named('step pay') !== undefined,
    );
    expect(named('step pay')?.status).toEqual({ code: 2, message: 'card_declined' });
    expect(ancestry(receiver.spans, named('undo reserve')).at(-1)).toBe(
      'appointment: POST /doctorAppoinment/reservation',
    );
  });

  test('When a crash comes between, Then the recovery continues the trace that began the booking', async () => {
    await using receiver = await startSpanReceiver();
    await using stack = await createFaultStack({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
    await Promise.all([stack.start('reservation'), stack.start('payment')]);
    await stack.start('appointment', { strike: { when: 'after', nth: 2, method: 'POST' } });
    const traceId = '6bf92f3577b34da6a3ce929d0e0e4736';
    expect(await book(stack.addresses.appointment, traceId)).toBeUndefined();
    await stack.start('appointment');
    const recovery = () => receiver.spans.find(({ name }) => name === 'run book-appointment');
    await waitUntil('the span of the recovery', () => recovery() !== undefined);
    expect(recovery()?.traceId).toBe(traceId);
    const undo = receiver.spans.find(({ name }) => name === 'undo reserve');
    expect(undo?.traceId).toBe(recovery()?.traceId);
  });
});
