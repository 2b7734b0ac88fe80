import { BOOKING_PATH } from './api/appointment.ts';

/** The patient of the request that must not get through. */
export const SMUGGLED = 'Smuggled In';

const BOOKING = JSON.stringify({ name: SMUGGLED, doctor: 'John Doe', date: '01-02-2039', cardNum: '4242424242424242' });
const START = `POST /${BOOKING_PATH} HTTP/1.1\r\n`;
const FIELDS = 'Host: localhost\r\nContent-Type: application/json\r\n';
const SECOND = `${START}${FIELDS}Content-Length: ${BOOKING.length}\r\n\r\n${BOOKING}`;
const LENGTH = `Content-Length: ${SECOND.length}\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const SIZE = SECOND.length.toString(16);
const LAST = '0\r\n\r\n';
const FRAMED = `${SIZE}\r\n${SECOND}\r\n${LAST}`;
const HIDDEN = `${LAST}${SECOND}`;
const WITH_LAST = `Content-Length: ${HIDDEN.length}\r\n`;

/** A booking request with these header fields and this body. */
const post = (fields: string, body: string, start = START) => `${start}${FIELDS}${fields}\r\n${body}`;

/** What is sent on one connection: at most one request, which is refused. */
export const PROBES: ReadonlyArray<[what: string, bytes: string]> = [
  ['a second request in the body', post(LENGTH, SECOND)],
  ['a second request in a chunk', post(CHUNKED, FRAMED)],
  ['a length that ends before the chunks do', post(`Content-Length: 4\r\n${CHUNKED}`, FRAMED)],
  ['chunks that end before the length does', post(`${WITH_LAST}${CHUNKED}`, HIDDEN)],
  ['the same, the other way round', post(`${CHUNKED}${WITH_LAST}`, HIDDEN)],
  ['two lengths', post(`Content-Length: 0\r\n${LENGTH}`, SECOND)],
  ['two lengths in one field', post(`Content-Length: 0, ${SECOND.length}\r\n`, SECOND)],
  ['a length with a sign', post(`Content-Length: +${SECOND.length}\r\n`, SECOND)],
  ['a length below nought', post('Content-Length: -1\r\n', SECOND)],
  ['a length in hexadecimal', post(`Content-Length: 0x${SIZE}\r\n`, SECOND)],
  ['a length with a space in it', post(`Content-Length: 0 ${SECOND.length}\r\n`, SECOND)],
  ['no value for the length', post('Content-Length:\r\n', SECOND)],
  ['a space before the colon of the length', post(`Content-Length : ${SECOND.length}\r\n`, SECOND)],
  ['a space before the colon of the coding', post(`${WITH_LAST}Transfer-Encoding : chunked\r\n`, HIDDEN)],
  ['a coding on a folded line', post(`${WITH_LAST}Transfer-Encoding:\r\n chunked\r\n`, HIDDEN)],
  ['a coding behind a folded line', post(`${WITH_LAST}X: y\r\n Transfer-Encoding: chunked\r\n`, HIDDEN)],
  ['a coding behind a bare LF', post(`${WITH_LAST}X: y\nTransfer-Encoding: chunked\r\n`, HIDDEN)],
  ['a coding behind a bare CR', post(`${WITH_LAST}X: y\rTransfer-Encoding: chunked\r\n`, HIDDEN)],
  ['bare LFs throughout', post(LENGTH, '').replaceAll('\r\n', '\n') + SECOND],
  ['a coding xchunked', post(`${WITH_LAST}Transfer-Encoding: xchunked\r\n`, HIDDEN)],
  ['a coding behind a vertical tab', post(`${WITH_LAST}Transfer-Encoding:\x0bchunked\r\n`, HIDDEN)],
  ['a coding that is not the last', post(`${WITH_LAST}Transfer-Encoding: chunked, identity\r\n`, HIDDEN)],
  ['two codings', post(`${WITH_LAST}${CHUNKED}Transfer-Encoding: identity\r\n`, HIDDEN)],
  ['chunked twice', post(`${WITH_LAST}Transfer-Encoding: chunked, chunked\r\n`, HIDDEN)],
  ['a coding of HTTP/1.0', post(`${WITH_LAST}${CHUNKED}`, HIDDEN, START.replace('1.1', '1.0'))],
  ['a NUL in a field', post(`${WITH_LAST}X: \0\r\n${CHUNKED}`, HIDDEN)],
  ['a NUL in the name of a field', post(`${WITH_LAST}Transfer\0-Encoding: chunked\r\n`, HIDDEN)],
  ['a chunk of too many digits', post(CHUNKED, `10000000000000000${SIZE}\r\n${SECOND}\r\n${LAST}`)],
  ['a chunk in hexadecimal', post(CHUNKED, `0x${SIZE}\r\n${SECOND}\r\n${LAST}`)],
  ['a chunk extension', post(CHUNKED, `${SIZE};a=b\r\n${SECOND}\r\n${LAST}`)],
  ['a bare LF in a chunk extension', post(CHUNKED, `0;a\n\r\n${SECOND}`)],
  ['chunks with bare LFs', post(CHUNKED, `0\n\n${SECOND}`)],
  ['a length among the trailers', post(CHUNKED, `0\r\n${LENGTH}\r\n`)],
  ['a length named as of this connection alone', post(`${LENGTH}Connection: content-length\r\n`, SECOND)],
  ['a coding named as of this connection alone', post(`${CHUNKED}Connection: transfer-encoding\r\n`, FRAMED)],
  ['a body that the entrance does not read', post(LENGTH, SECOND, 'POST /metrics HTTP/1.1\r\n')],
  ['a GET with a body', post(LENGTH, SECOND, 'GET /bookings/none HTTP/1.1\r\n')],
  ['an upgrade to HTTP/2', post(`${LENGTH}Connection: Upgrade\r\nUpgrade: h2c\r\n`, SECOND)],
  ['an upgrade to a web socket', post(`${LENGTH}Connection: Upgrade\r\nUpgrade: websocket\r\n`, SECOND)],
  ['a tunnel', post('', SECOND, 'CONNECT localhost:9090 HTTP/1.1\r\n')],
  ['an expectation', post(`${LENGTH}Expect: 100-continue\r\n`, SECOND)],
  ['another expectation', post(`${LENGTH}Expect: the best\r\n`, SECOND)],
  ['a field of 64 KB', post(`X: ${'x'.repeat(65_536)}\r\n${LENGTH}`, SECOND)],
  ['a field of 12 KB', post(`X: ${'x'.repeat(12_288)}\r\n${LENGTH}`, SECOND)],
  ['an absolute URI of another host', post(LENGTH, SECOND, `POST http://other.example/${BOOKING_PATH} HTTP/1.1\r\n`)],
  ['two hosts', post(`Host: other.example\r\n${LENGTH}`, SECOND)],
  ['a request line in a request line', post(LENGTH, SECOND, `GET / HTTP/1.1 ${START}`)],
  ['a request of HTTP/0.9', `GET /bookings\r\n\r\n${SECOND}`],
  ['a later version', post(LENGTH, SECOND, START.replace('1.1', '1.9'))],
];
