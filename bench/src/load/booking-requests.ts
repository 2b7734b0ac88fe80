import { readFileSync } from 'node:fs';

const FIRST_DAY = Date.UTC(1900, 0, 1);
const DAY_MS = 86_400_000;

/** A doctor of the catalogue that reservation is started with. */
export interface Doctor {
  name: string;
  fee: string;
  slots: string[];
}

/** One appointment that can be booked. */
export interface Slot {
  doctor: Doctor;
  /** DD-MM-YYYY. */
  date: string;
  time: string;
}

/** Reads the catalogue; slots are in it the earliest first, as the product wants them. */
export function readDoctors(file: string): Doctor[] {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/**
 * Numbers all slots of all days, day by day, so that every number is a valid booking: a load that uses each number once
 * never finds a day full.
 */
export function createSlots(doctors: readonly Doctor[]): (number: number) => Slot {
  const day = doctors.flatMap((doctor) => doctor.slots.map((time) => ({ doctor, time })));
  // Spread over the doctors, so that neighbours in the sequence do not compete for a slot.
  const spread = day.map((_, index) => day[(index * 29) % day.length] as (typeof day)[number]);
  if (new Set(spread).size !== day.length) throw new Error('the catalogue has a number of slots that 29 divides');
  return (number) => {
    const slot = spread[number % spread.length] as (typeof day)[number];
    return { ...slot, date: formatDay(FIRST_DAY + Math.floor(number / spread.length) * DAY_MS) };
  };
}

function formatDay(time: number): string {
  const [year = '', month = '', day = ''] = new Date(time).toISOString().slice(0, 10).split('-');
  return `${day}-${month}-${year}`;
}

/** The request for a slot, which gets that slot or, among requests at the same time, another one of the same day. */
export function requestFor({ doctor, date }: Slot): string {
  return JSON.stringify({ name: 'Thomas Colins', doctor: doctor.name, date, cardNum: '4242424242424242' });
}

/** The guide's own request, byte for byte. */
export const GUIDE_REQUEST = '{"name":"Thomas Colins", "doctor":"John Doe", "date":"30-09-2019", "cardNum":"1234567"}';
