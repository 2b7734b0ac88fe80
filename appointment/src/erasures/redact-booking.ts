import { ERASED_NAME, nameKey } from '@appointments/chassis';
import type { Json } from 'durable-saga';

const NAMES = new Set(['name', 'patient_name']);

/** A value of a booking's log without the patient's name: what it was begun with, what its steps got and returned. */
export function redactBookingValue(patient: string): (value: Json) => Json {
  const redact = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(redact);
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value as Record<string, Json>);
    return Object.fromEntries(
      members.map(([key, member]) => [
        key,
        NAMES.has(key) && typeof member === 'string' ? ERASED_NAME : redact(member),
      ]),
    );
  };
  return (value) => (typeof value === 'string' ? redactText(value, patient) : redact(value));
}

/** A value of a delivery's log without the patient's name, which is in the webhook's body. */
export function redactDeliveryValue(patient: string): (value: Json) => Json {
  const redactBooking = redactBookingValue(patient);
  return (value) => {
    const { body } = (value ?? {}) as { body?: unknown };
    if (typeof body !== 'string') return typeof value === 'string' ? redactText(value, patient) : value;
    const event = JSON.parse(body);
    const { reply } = event.data;
    // Steps have names as well.
    const data = { ...event.data, name: ERASED_NAME, reply: redactBooking(reply) };
    return { ...(value as Record<string, Json>), body: JSON.stringify({ ...event, data }) };
  };
}

const BESIDE_A_WORD = ['(?<![\\p{L}\\p{N}])', '(?![\\p{L}\\p{N}])'] as const;

const asWord = (name: string, flags: string): RegExp => new RegExp(BESIDE_A_WORD.join(RegExp.escape(name)), flags);

/** What an operator gave as a reason, without the patient's name; nothing of it where it has the name in another spelling. */
export function redactText(text: string, patient: string): string {
  const rest = text.replace(asWord(patient, 'giu'), ERASED_NAME);
  return holdsName(rest, patient) ? ERASED_NAME : rest;
}

/** Whether a text has a name among its words, however it is typed. */
export const holdsName = (text: string, name: string): boolean => asWord(nameKey(name), 'u').test(nameKey(text));
