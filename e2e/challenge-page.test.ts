import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAccessible, startBrowser } from '../appointment/test/browser/browser.ts';
import { PAYER, startPaymentService } from '../payment/test/payment-service.ts';

let browser: Awaited<ReturnType<typeof startBrowser>>;
let service: Awaited<ReturnType<typeof startPaymentService>>;

beforeAll(async () => {
  browser = await startBrowser();
  service = await startPaymentService();
});
afterAll(async () => {
  await browser.close();
  await service[Symbol.asyncDispose]();
});

const VIEWS = [
  { width: 1280, colorScheme: 'light', forcedColors: 'none' },
  { width: 320, colorScheme: 'dark', forcedColors: 'none' },
  { width: 390, colorScheme: 'light', forcedColors: 'active' },
] as const;

test.each(VIEWS)('When the cardholder sees it as %o, Then it can be read, fits, and works', async (view) => {
  const { width, ...look } = view;
  const reference = `seen-at-${width}`;
  const { json } = await service.pay({ ...PAYER, cardNum: '4000002760003184' }, reference);
  const path = new URL(json.next_action.url).pathname;
  const page = await browser.open(service.url, { viewport: { width, height: 700 }, ...look });
  await page.goto(path);
  await page.getByRole('heading', { name: 'Confirm this payment' }).waitFor();
  await expectAccessible(page);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('heading', { name: 'Payment approved' }).waitFor();
  await expectAccessible(page);
  expect((await service.find(reference)).json.payment_status).toBe('settled');
  expect(browser.complaints).toEqual([]);
});

test('When there is no JavaScript, Then the cardholder can decline all the same', async () => {
  const { json } = await service.pay({ ...PAYER, cardNum: '4000002760003184' }, 'declined');
  const page = await browser.open(service.url, { javaScriptEnabled: false });
  await page.goto(new URL(json.next_action.url).pathname);
  await page.getByRole('button', { name: 'Decline' }).click();
  await page.getByRole('heading', { name: 'Payment declined' }).waitFor();
  expect((await service.find('declined')).json.payment_status).toBe('declined');
});
