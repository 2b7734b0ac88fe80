import type { ApiDocument } from '@appointments/chassis';
import { startTestServer } from '@appointments/chassis/testing';
import type { Documented } from '@appointments/chassis/testing/reply-calls';
import type Router from '@koa/router';
import type Koa from 'koa';
import type { ServiceName } from '../../services.ts';

/** A service's app, as its own tests open it. */
async function openApp(service: ServiceName): Promise<Koa> {
  const { openApp: open }: { openApp(): Promise<Koa> } = await import(`../../${service}/test/open-app.ts`);
  return open();
}

/** How a service is held against its document, as its own tests have it. */
export async function documentedOf(service: ServiceName): Promise<Documented> {
  const { documented }: { documented: Documented } = await import(`../../${service}/test/documented.ts`);
  return documented;
}

/** The document that a service's app serves. */
export async function documentOf(service: ServiceName): Promise<ApiDocument> {
  await using server = await startTestServer(await openApp(service));
  const response = await fetch(`${server.url}/openapi.json`);
  return (await response.json()) as ApiDocument;
}

/**
 * Every route of every router of a service's app, as `GET /bookings/{id}`; HEAD goes without saying.
 */
export async function mountedRoutes(service: ServiceName): Promise<string[]> {
  const { middleware } = await openApp(service);
  // @koa/router leaves itself on the middleware that it makes.
  const routers = new Set(middleware.map((candidate) => (candidate as { router?: Router }).router));
  return [...routers].flatMap((router) =>
    (router?.stack ?? []).flatMap(({ methods, path }) => {
      const template = String(path).replaceAll(/:(\w+)/g, '{$1}');
      return methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${template}`);
    }),
  );
}
