import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { answer } from '../webhooks/receiver.ts';
import { startTold, TOKEN } from '../webhooks/told-stack.ts';
import { expectAccessible, signIn, startBrowser, untilLive } from './browser.ts';

let browser: Awaited<ReturnType<typeof startBrowser>>;
let told: Awaited<ReturnType<typeof startTold>>;

beforeAll(async () => {
  browser = await startBrowser();
  told = await startTold();
});
afterAll(async () => {
  await browser?.close();
  await told?.[Symbol.asyncDispose]();
});
afterEach(() => {
  expect(browser.complaints.splice(0)).toEqual([]);
});

async function open(path: string, options?: Parameters<typeof browser.open>[1]) {
  const page = await browser.open(told.stack.url(), options);
  await signIn(page, TOKEN);
  await page.goto(`/console${path}`);
  return page;
}

/** A booking whose receiver was gone, and the event sent again to it as it fails. */
async function bookUnheard(): Promise<string> {
  told.receiver.respond(answer(410));
  const path = await told.book();
  const { id } = await told.becomes(path, 'failed');
  told.receiver.respond(answer(500));
  await told.sendAgain(path, id);
  return path;
}

test('When scripts are off, Then a webhook can be sent again, and its page shows that it arrived', async () => {
  const path = await bookUnheard();
  told.receiver.respond(answer(204));
  const page = await open(path, { javaScriptEnabled: false });

  await page.getByRole('button', { name: /^Send again/ }).click();

  await page.getByRole('row', { name: /booking\.confirmed.*Delivered.*HTTP 204/ }).waitFor();
  await page.getByRole('row', { name: /booking\.confirmed.*Replaced.*HTTP 500/ }).waitFor();
  expect(new Set(told.receiver.received.slice(-3).map(({ webhookId }) => webhookId)).size).toBe(1);
  await page.context().close();
});

test('When a webhook arrives while the page is open, Then the page shows it without a reload', async () => {
  const path = await bookUnheard();
  const page = await open(path);
  await untilLive(page);
  const [, waiting] = await told.deliveries(path);
  told.receiver.respond(answer(204));

  await told.sendAgain(path, waiting.id);

  await page.getByRole('row', { name: /Delivered/ }).waitFor();
  await page.context().close();
});

test.each([
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 360 },
  { colorScheme: 'dark', width: 360 },
] as const)(
  'When deliveries are shown $colorScheme and $width pixels wide, Then axe finds nothing and nothing is cut off',
  async ({ colorScheme, width }) => {
    const page = await open(await bookUnheard(), { colorScheme, viewport: { width, height: 800 } });
    await page.getByRole('row', { name: /Pending/ }).waitFor();
    await expectAccessible(page);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.context().close();
  },
);
