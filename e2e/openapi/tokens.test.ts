import { sendRaw } from '@appointments/chassis/testing';
import { describe, expect, test } from 'vitest';
import { BACKEND_NAMES, type BackendName } from '../../services.ts';
import { fillPath, operationsOf } from './api-model.ts';
import { startBackend } from './services.ts';

const TOKENS = ['the-old-token', 'the-new-token'];
/** Who has no token of the services: probes, scrapers, and those who prove in another way who they are. */
const FOR_ALL = ['GET /livez', 'GET /metrics', 'GET /readyz'];
const FOR_ALL_BESIDE: Partial<Record<BackendName, readonly string[]>> = { payment: ['POST /payment/gateway-events'] };

describe.each(BACKEND_NAMES)('When callers come to every route that %s declares', (name) => {
  test('Then nobody and a wrong token get 401, each token of the list gets past, and the open routes are these', async () => {
    await using service = await startBackend(name, TOKENS);
    const send = (method: string, path: string, token?: string) =>
      sendRaw(service.url, { method, path, headers: token ? { authorization: `Bearer ${token}` } : {} });
    const document = JSON.parse((await send('GET', '/openapi.json', TOKENS[0])).text);
    const open: string[] = [];
    for (const { method, path } of operationsOf(document)) {
      const route = `${method} ${path}`;
      const target = fillPath(path, () => 'none');
      const statuses = [];
      for (const token of [undefined, TOKENS.join(), ...TOKENS])
        statuses.push((await send(method, target, token)).status);
      const [nobody, wrong, ...right] = statuses;
      expect([route, wrong]).toEqual([route, nobody]);
      if (right.every((status) => status === nobody)) open.push(route);
      else expect([route, nobody, ...right.map((status) => status !== 401)]).toEqual([route, 401, true, true]);
    }
    expect(open.sort()).toEqual([...FOR_ALL, ...(FOR_ALL_BESIDE[name] ?? [])]);
  });
});
