/** The guide's request. */
export interface BookingRequest {
  name: string;
  doctor: string;
  date: string;
  cardNum: string;
}

/** The guide's reservation reply. */
export interface Appointment {
  appointmentId?: string;
  patient_name: string;
  date: string;
  time: string;
  doctor_name: string;
  fee: string;
}

/** The guide's payment reply. */
export interface Payment {
  payment_status: string;
  payment_id: string;
}

/** Where a contender listens and finds its peers. */
export const settings = {
  port: Number(process.env.PORT),
  reservationUrl: String(process.env.RESERVATION_URL),
  paymentUrl: String(process.env.PAYMENT_URL),
};

/** The guide's reply where nothing could be booked. */
export const failureOf = ({ name, doctor, date }: BookingRequest) => ({
  appointment_status: 'failure',
  name,
  doctor,
  date,
});

/** What the guide asks payment for. */
export const chargeOf = ({ name, cardNum }: BookingRequest, { fee }: Appointment) => ({ name, cardNum, amount: fee });
