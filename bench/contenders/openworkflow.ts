import express from 'express';
import { OpenWorkflow } from 'openworkflow';
import { BackendSqlite } from 'openworkflow/sqlite';
import { type BookingRequest, failureOf, settings } from './guide.ts';
import { pay, reserve } from './undici-peers.ts';

const openWorkflow = new OpenWorkflow({ backend: BackendSqlite.connect(String(process.env.STORE_FILE)) });

/** The guide as an OpenWorkflow workflow of two steps, each kept in SQLite. */
const book = openWorkflow.defineWorkflow({ name: 'book' }, async ({ input, step }) => {
  const request = input as BookingRequest;
  const appointment = await step.run({ name: 'reserve' }, () => reserve(request));
  if (appointment.appointmentId === undefined) return failureOf(request);
  const payment = await step.run({ name: 'pay' }, () => pay(request, appointment));
  return { ...payment, ...appointment };
});

await openWorkflow.newWorker({ concurrency: Number(process.env.CONCURRENCY) }).start();

// Behind Express, as DBOS is; the worker is in the same process.
const app = express();
app.use(express.json());
app.post('/doctorAppoinment/reservation', async (req, res) => {
  const run = await book.run(req.body);
  res.json(await run.result());
});
app.listen(settings.port, '127.0.0.1');
