import { createServer } from 'node:http';

const headers = { 'content-type': 'application/json; charset=utf-8' };

const appointment = JSON.stringify({
  appointmentId: '1001',
  patient_name: 'Thomas Colins',
  date: '30-09-2019',
  time: '3.00pm',
  doctor_name: 'John Doe',
  fee: '1000.00',
});
const payment = JSON.stringify({ payment_status: 'settled', payment_id: 'b7981676-c1ca-4380-bc31-1725eb121d1a' });
// What a contender undoes where a call failed: a run in which that is called has shown an error before. Likewise the reply of
// any further service to a step: its result is its `reference`.
const undone = JSON.stringify({ reference: 'any', status: 'cancelled', payment_status: 'voided' });

/** Reservation and payment for every contender: the same responses, as fast as Node sends them. */
const server = createServer((request, response) => {
  const { method, url } = request;
  const reply =
    url === '/reservation/createAppointment' ? appointment : url === '/payment/makePayment' ? payment : undone;
  request.resume().on('end', () => {
    response.writeHead(method === 'GET' ? 404 : 200, { ...headers, 'content-length': Buffer.byteLength(reply) });
    response.end(method === 'HEAD' ? undefined : reply);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.env.PORT), '127.0.0.1');
