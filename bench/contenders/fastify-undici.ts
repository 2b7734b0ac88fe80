import fastify from 'fastify';
import { type BookingRequest, failureOf, settings } from './guide.ts';
import { pay, reserve } from './undici-peers.ts';

const text = { type: 'string' } as const;
const texts = (...names: string[]) => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, text])),
});

// Schemas for the body and the reply are what Fastify's documentation advises, for safety and for speed.
const schema = {
  body: { ...texts('name', 'doctor', 'date', 'cardNum'), required: ['name', 'doctor', 'date', 'cardNum'] },
  response: {
    200: texts(
      ...['payment_status', 'payment_id', 'appointmentId', 'patient_name', 'date', 'time', 'doctor_name', 'fee'],
      ...['appointment_status', 'name', 'doctor'],
    ),
  },
};

const app = fastify();
app.post<{ Body: BookingRequest }>('/doctorAppoinment/reservation', { schema }, async ({ body: request }) => {
  const appointment = await reserve(request);
  if (appointment.appointmentId === undefined) return failureOf(request);
  return { ...(await pay(request, appointment)), ...appointment };
});
await app.listen({ port: settings.port, host: '127.0.0.1' });
