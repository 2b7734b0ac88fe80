import type { BrowserContextOptions } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible, signIn, untilLive } from './browser.ts';
import { consoleForFile, TOKEN } from './console-for-file.ts';

const site = consoleForFile({ stepTimeoutMs: 1_500, bookingDeadlineMs: 2_000 });

async function openForm(options?: BrowserContextOptions) {
  const page = await site.browser.open(site.stack.url(), options);
  await signIn(page, TOKEN);
  await page.getByRole('link', { name: 'Send a test booking' }).click();
  await page.getByRole('heading', { name: 'Send a test booking' }).waitFor();
  return page;
}

test('When an operator sends a test booking, Then its live page shows how it is rolled back', async () => {
  const page = await openForm();
  await page.getByLabel('Patient').fill('Ida Test');
  await page.getByLabel('Doctor').selectOption('Amina Rahman');
  await page.getByRole('radio', { name: /^Is declined for lack/ }).check();

  await page.getByRole('button', { name: 'Send the booking' }).click();

  await page.getByRole('heading', { name: 'Ida Test', level: 1 }).waitFor();
  await untilLive(page);
  await page.locator('#state').getByText('Compensated', { exact: true }).waitFor();
  await page.context().close();
});

test('When scripts are off, Then a test booking can be sent, and what does not fit is named', async () => {
  const page = await openForm({ javaScriptEnabled: false });
  await page.getByLabel('Patient').fill('4242 4242 4242 4242');
  await page.getByRole('button', { name: 'Send the booking' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByText('It must not contain a card number').waitFor();
  expect(await page.getByLabel('Patient').inputValue()).toBe('');

  await page.getByLabel('Patient').fill('Ada Test');
  await page.getByRole('button', { name: 'Send the booking' }).click();

  await page.getByRole('heading', { name: 'Ada Test', level: 1 }).waitFor();
  await page.context().close();
  // Chromium reports the 400 of a page as an error of its own.
  expect(site.browser.complaints.splice(0)).toEqual([expect.stringContaining('400')]);
});

test.each([
  { colorScheme: 'light', width: 1280, forcedColors: 'none' },
  { colorScheme: 'dark', width: 1280, forcedColors: 'none' },
  { colorScheme: 'light', width: 390, forcedColors: 'none' },
  { colorScheme: 'dark', width: 390, forcedColors: 'none' },
  { colorScheme: 'light', width: 1280, forcedColors: 'active' },
] as const)(
  'When the form is shown $colorScheme, $width pixels wide, forced colours $forcedColors, Then axe finds nothing and nothing is cut off',
  async ({ width, ...options }) => {
    const page = await openForm({ ...options, viewport: { width, height: 800 } });
    await expectAccessible(page);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await page.context().close();
  },
);

test('When a booking is retried while payment is down, Then the page says that it was tried, and what happens next', async () => {
  const page = await openForm();
  await page.getByRole('button', { name: 'Send the booking' }).click();
  await page.getByText('Cancel this booking…').click();
  await site.stack.payment.goDown();
  await page.getByLabel('Reason').fill('The doctor is ill.');
  await page.getByRole('button', { name: 'Refund and release' }).click();
  await page.getByText('The cancellation holds.').waitFor();
  await page.locator('#state').getByText('Stuck', { exact: true }).waitFor({ timeout: 20_000 });

  await page.getByRole('button', { name: 'Retry now' }).click();

  await page.getByText('The booking was tried again. It').waitFor();
  await page.locator('#done:focus').waitFor();
  await expectAccessible(page);
  await site.stack.payment.comeBack();
  await page.locator('#state').getByText('Cancelled', { exact: true }).waitFor({ timeout: 20_000 });
  await page.context().close();
}, 90_000);
