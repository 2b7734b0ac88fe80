import type { z } from 'zod';
import type { RawReply, RawRequest } from './raw-http.ts';

/** Sends a request to the service that is held against its document, with the headers that open every route. */
export type Send = (request: RawRequest) => Promise<RawReply>;

/** The `documented` of each service, in `test/documented.ts`, where the tests of documents find it by the service's name. */
export interface Documented {
  /** The calls that bring the service to each reply of its document. */
  calls(send: Send): Promise<void>;
  /** What it is sent, such as `POST /things`, with the schema that validates it. */
  body: { route: string; schema: z.ZodObject };
}

const JSON_TYPE = { 'content-type': 'application/json' };
export const STRANGER = { authorization: 'Bearer somebody-else' };
export const LONG_REFERENCE = 'x'.repeat(256);

export const get = (path: string, headers = {}) => ({ method: 'GET', path, headers });
export const post = (path: string, body: unknown, headers = {}) => ({
  method: 'POST',
  path,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { ...JSON_TYPE, ...headers },
});
export const put = (path: string, headers = {}) => ({ method: 'PUT', path, headers });
export const key = (value: string) => ({ 'idempotency-key': value });

/** The refusals of every route with a JSON body and a key; `body` must be acceptable, with a name in it. */
export async function refusals(send: Send, path: string, body: Record<string, string>): Promise<void> {
  await send(post(path, '{'));
  await send(post(path, { ...body, name: '' }));
  await send(post(path, 'x'.repeat(17_000)));
  await send(post(path, body, { 'content-type': 'text/plain' }));
  await send(post(path, body, key('ü')));
  await send(post(path, body, key('first')));
  await send(post(path, body, key('first')));
  await send(post(path, { ...body, name: 'Somebody Else' }, key('first')));
}

/** The routes that every service has; `guarded` where its document asks for a token. */
export async function serviceRoutes(send: Send, guarded: boolean): Promise<void> {
  for (const path of ['/livez', '/readyz', '/metrics']) await send(get(path));
  for (const path of ['/openapi.json', '/docs', '/docs/swagger-ui.css']) {
    const { headers } = await send(get(path));
    await send(get(path, { 'if-none-match': headers.etag }));
    if (guarded) await send(get(path, STRANGER));
  }
  await send(get('/docs/nothing'));
}

/** The refusals of a route with a JSON body and without a key. */
export async function refusalsOfBody(send: Send, path: string): Promise<void> {
  await send(post(path, '{'));
  await send(post(path, {}));
  await send(post(path, 'x'.repeat(17_000)));
  await send(post(path, {}, { 'content-type': 'text/plain' }));
  await send(post(path, {}, STRANGER));
}

/** Erases what was made under the key `first`, and retries it. */
export async function erasures(send: Send, path: string, retried: RawRequest): Promise<void> {
  await refusalsOfBody(send, path);
  await send(post(path, { references: ['first', 'nobody-knows'] }));
  await send(retried);
}
