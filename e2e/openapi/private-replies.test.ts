import { sendRaw } from '@appointments/chassis/testing';
import { expect, test } from 'vitest';
import { createVisitor } from '../../appointment/test/console/operator.ts';
import { SERVICE_NAMES } from '../../services.ts';
import { mountedRoutes } from './mounted-routes.ts';
import { startDocumented } from './services.ts';

// The same for everybody: the document, its page and the console's assets.
const MAY_BE_KEPT = /^\/(?:openapi\.json|docs|console\/assets)(?:\/|$)/;
// Never ends.
const STREAM = 'GET /console/events';
// Not mounted where the app is only looked at, or no route at all.
const MORE = [
  'GET /payment/challenges/none',
  'POST /payment/challenges/none',
  'GET /nothing',
  'DELETE /livez',
  'PROPFIND /',
];

const methodsOf = (method: string) => (method === 'GET' ? ['GET', 'HEAD', 'OPTIONS'] : [method]);

test.each(SERVICE_NAMES)(
  'When any route of %s replies, to whomever and with whatever, Then no cache keeps it and no browser guesses at it',
  async (name) => {
    await using service = await startDocumented(name);
    const visitor = createVisitor(() => service.url);
    const { authorization = '' } = service.authorized;
    await visitor.signIn(authorization.replace('Bearer ', ''));
    const callers = [{}, { authorization }, { authorization: 'Bearer nobody' }, { cookie: visitor.cookie() }];
    const seen = new Set<number>();

    for (const route of [...(await mountedRoutes(name)), ...MORE]) {
      const [declared = '', template = ''] = route.split(' ');
      const path = template.replace('{file}', 'page.js').replaceAll(/\{\w+\}|\*\w+/g, 'none');
      if (route === STREAM || MAY_BE_KEPT.test(path)) continue;
      for (const method of methodsOf(declared)) {
        for (const caller of callers) {
          const { status, headers } = await sendRaw(service.url, { method, path, headers: caller });
          const told = [headers['cache-control'], headers['x-content-type-options']];
          expect([route, status, ...told]).toEqual([route, status, 'no-store', 'nosniff']);
          seen.add(status);
        }
      }
    }
    expect([...seen]).toEqual(expect.arrayContaining([200, 401, 404, 405, 415]));
  },
);
