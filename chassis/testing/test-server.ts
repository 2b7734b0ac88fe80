import type Koa from 'koa';
import { listen } from '../src/service/serve.ts';

/** Something a test owns and gives back with `await using`. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
}

/** Serves an app on a free port of the loopback address. */
export async function startTestServer(app: Koa): Promise<TestServer> {
  const listening = await listen(app, { host: '127.0.0.1', port: 0 });
  // At once: the connections that a test's own client keeps would be waited for, in each test anew.
  return { url: listening.url, [Symbol.asyncDispose]: () => listening.close(0) };
}
