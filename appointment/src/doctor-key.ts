/** A doctor's name as it is searched for. */
export const doctorKey = (doctor: string): string => doctor.normalize('NFC').toLowerCase();
