import { defineProblem } from '@appointments/chassis';

export const doctorNotFound = defineProblem({
  status: 404,
  code: 'doctor_not_found',
  detail: 'No doctor of that name can be booked here.',
});

export const appointmentNotFound = defineProblem({
  status: 404,
  code: 'appointment_not_found',
  detail: 'There is no appointment with that id.',
});

export const noSlotAvailable = defineProblem({
  status: 409,
  code: 'no_slot_available',
  detail: 'The doctor has no free slot on that day.',
});

export const cancelledBefore = defineProblem({
  status: 409,
  code: 'cancelled',
  detail: 'This reference was cancelled before.',
});
