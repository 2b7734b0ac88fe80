import { DBOS } from '@dbos-inc/dbos-sdk';
import express from 'express';
import { type BookingRequest, failureOf, settings } from './guide.ts';
import { pay, reserve } from './undici-peers.ts';

/** The guide as a DBOS workflow of two steps, each checkpointed in PostgreSQL. */
const book = DBOS.registerWorkflow(
  async (request: BookingRequest) => {
    const appointment = await DBOS.runStep(() => reserve(request), { name: 'reserve' });
    if (appointment.appointmentId === undefined) return failureOf(request);
    const payment = await DBOS.runStep(() => pay(request, appointment), { name: 'pay' });
    return { ...payment, ...appointment };
  },
  { name: 'book' },
);

// Behind Express, launched before it listens, as DBOS' guide for Express has it.
const app = express();
app.use(express.json());
app.post('/doctorAppoinment/reservation', async (req, res) => {
  res.json(await book(req.body));
});

DBOS.setConfig({
  name: 'appointment',
  applicationVersion: '1',
  systemDatabaseUrl: String(process.env.DBOS_SYSTEM_DATABASE_URL),
  systemDatabasePoolSize: Number(process.env.POOL_SIZE),
});
await DBOS.launch();
app.listen(settings.port, '127.0.0.1');
