import { Agent } from 'node:http';
import axios from 'axios';
import express from 'express';
import { type Appointment, type BookingRequest, chargeOf, failureOf, type Payment, settings } from './guide.ts';

// NODE_ENV=production is what Express' performance page asks for; keep-alive is what axios leaves to the agent.
const httpAgent = new Agent({ keepAlive: true });
const reservation = axios.create({ baseURL: `${settings.reservationUrl}/reservation`, httpAgent });
const payment = axios.create({ baseURL: `${settings.paymentUrl}/payment`, httpAgent });

const app = express();
app.use(express.json());
app.post('/doctorAppoinment/reservation', async (req, res) => {
  const request: BookingRequest = req.body;
  const { data: appointment } = await reservation.post<Appointment>('/createAppointment', request);
  if (appointment.appointmentId === undefined) {
    res.json(failureOf(request));
    return;
  }
  const { data: settled } = await payment.post<Payment>('/makePayment', chargeOf(request, appointment));
  res.json({ ...settled, ...appointment });
});
app.listen(settings.port, '127.0.0.1');
