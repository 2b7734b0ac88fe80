import { STRIKE } from './strike.ts';

export interface BookingRequest {
  name: string;
  doctor: string;
  date: string;
  cardNum: string;
}

/** A reply as a client saw it. */
export interface SeenReply {
  request: BookingRequest;
  status: number;
  /** From `Location`; undefined where no booking was begun. */
  bookingId: string | undefined;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever members it expects.
  json: any;
  ms: number;
}

export interface BookOptions {
  key?: string;
  /** Arms a process that was started with a commit strike, by the usual request id or another. */
  strike?: boolean | string;
  /** Of a client that is known. */
  token?: string;
  /** How long the client waits for the reply, in milliseconds; forever where it is left out. */
  patienceMs?: number | undefined;
}

/** @throws where the connection ended without a reply */
export async function bookOrThrow(
  stackUrl: string,
  request: BookingRequest,
  { key, strike, token, patienceMs }: BookOptions = {},
): Promise<SeenReply> {
  const began = performance.now();
  const headers = {
    'content-type': 'application/json',
    ...(key && { 'idempotency-key': key }),
    ...(token && { authorization: `Bearer ${token}` }),
    ...(strike && { 'x-request-id': strike === true ? STRIKE : strike }),
  };
  const url = `${stackUrl}/doctorAppoinment/reservation`;
  const signal = patienceMs ? AbortSignal.timeout(patienceMs) : null;
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(request), signal });
  const text = await response.text();
  return {
    request,
    status: response.status,
    bookingId: response.headers.get('location')?.replace('/bookings/', ''),
    headers: response.headers,
    text,
    json: JSON.parse(text),
    ms: performance.now() - began,
  };
}

/** @returns the reply, undefined where the connection ended without one */
export function book(...booking: Parameters<typeof bookOrThrow>): Promise<SeenReply | undefined> {
  return bookOrThrow(...booking).catch(() => undefined);
}

/** Cancels a booking as an operator; returns the status, undefined where the connection ended without a reply. */
export async function cancelBooking(
  { appointment, operatorToken }: { appointment: string; operatorToken?: string | undefined },
  bookingId: string,
  { strike }: Pick<BookOptions, 'strike'> = {},
): Promise<number | undefined> {
  const headers = {
    authorization: `Bearer ${operatorToken}`,
    ...(strike && { 'x-request-id': strike === true ? STRIKE : strike }),
  };
  try {
    const url = `${appointment}/bookings/${bookingId}/cancellation`;
    const response = await fetch(url, { method: 'PUT', headers });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
