import { describe, expect, test } from 'vitest';
import { createTestLogger, startTestServer } from '../../../testing/index.ts';
import { createApp } from '../../service/create-app.ts';

const TITLE = 'A <b>service</b> & more';
const api = { title: TITLE, description: 'For a test.', tokens: {}, routes: [] };

function startService(serviceToken?: string) {
  const draining = new AbortController().signal;
  const { logger } = createTestLogger();
  return startTestServer(createApp({ logger, api, ready: async () => {}, draining, serviceToken }));
}

describe('the documentation of a service', () => {
  test('When the document is asked for, Then it is served as JSON', async () => {
    await using service = await startService();
    const response = await fetch(`${service.url}/openapi.json`);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const document = (await response.json()) as { info: object; paths: object };
    expect(document.info).toMatchObject({ title: TITLE });
    const everyService = ['/openapi.json', '/docs', '/docs/{file}', '/livez', '/readyz', '/metrics'];
    expect(Object.keys(document.paths)).toEqual(everyService);
  });

  test('When the page is asked for, Then its policy lets in nothing but what this service serves', async () => {
    await using service = await startService();
    const { headers } = await fetch(`${service.url}/docs`);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; /);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('When the page is read, Then it has no script of its own, every file is there, and the title is text', async () => {
    await using service = await startService();
    const html = await (await fetch(`${service.url}/docs`)).text();
    expect(html).toContain('<title>A &lt;b>service&lt;/b> &amp; more</title>');
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style|style=|\son\w+=|https?:/);
    const files = [...html.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, file]) => file);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect((await fetch(service.url + file)).status, file).toBe(200);
  });

  test.each(['/openapi.json', '/docs', '/docs/swagger-ui-bundle.js'])(
    'When %s is asked for again with its tag, Then 304 without a body',
    async (path) => {
      await using service = await startService();
      const first = await fetch(service.url + path);
      expect(first.headers.get('cache-control')).toMatch(/no-cache|^private/);
      const tag = first.headers.get('etag') as string;
      // Without the last one, fetch says no-cache of its own accord.
      const headers = { 'if-none-match': tag, 'cache-control': 'max-age=0' };
      const again = await fetch(service.url + path, { headers });
      expect([again.status, await again.text()]).toEqual([304, '']);
    },
  );

  test.each(['/docs/nothing', '/docs/constructor', '/docs/..%2fpackage.json', '/docs/index.html'])(
    'When %s is asked for, which the page does not need, Then 404',
    async (path) => {
      await using service = await startService();
      const response = await fetch(service.url + path);
      expect([response.status, await response.json()]).toMatchObject([404, { code: 'not_found' }]);
    },
  );

  test('When the page is posted to, Then 405 with Allow', async () => {
    await using service = await startService();
    const response = await fetch(`${service.url}/docs`, { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'HEAD, GET']);
  });

  test('When the service has a token, Then neither document nor page are shown without it', async () => {
    await using service = await startService('a-token');
    for (const path of ['/openapi.json', '/docs', '/docs/page.js']) {
      expect((await fetch(service.url + path)).status).toBe(401);
      const headers = { authorization: 'Bearer a-token' };
      expect((await fetch(service.url + path, { headers })).status).toBe(200);
    }
  });
});
