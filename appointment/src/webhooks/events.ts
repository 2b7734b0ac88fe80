import { createHash } from 'node:crypto';

/** What receivers can be told of a booking. */
export const WEBHOOK_EVENTS = [
  'booking.confirmed',
  'booking.failed',
  'booking.requires_action',
  'booking.cancelled',
] as const;

export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

const BOOKING_ID_LENGTH = 36;
const URL_HASH_LENGTH = 16;

/**
 * The `webhook-id` of an event at one receiver, and the id of its first delivery: announcing the same twice is announcing it
 * once. It begins with the booking's id, by which its deliveries are found. No full stop, which the signed text has between
 * its parts (Standard Webhooks 1.0).
 */
export function toWebhookId(bookingId: string, event: WebhookEvent, url: string): string {
  const receiver = createHash('sha256').update(url).digest('hex').slice(0, URL_HASH_LENGTH);
  return `${bookingId}_${event.slice('booking.'.length)}_${receiver}`;
}

/**
 * The id of a delivery that an operator has asked for.
 *
 * @param ordinal 2 for the first one after the delivery that the event began
 */
export const toRepeatedId = (webhookId: string, ordinal: number): string => `${webhookId}_${ordinal}`;

/** Which of the deliveries of its event a delivery is: 1 for the one that the event began. */
export const ordinalOf = (deliveryId: string, webhookId: string): number =>
  deliveryId === webhookId ? 1 : Number(deliveryId.slice(webhookId.length + 1));

/** The id of the booking that a delivery tells of; a booking's own id is that already. */
export const bookingIdOf = (sagaId: string): string => sagaId.slice(0, BOOKING_ID_LENGTH);
