import { describe, expect, test } from 'vitest';
import { BOOKING_PATH } from '../appointment-stack.ts';
import { respond } from '../interferences.ts';
import { expectAccessible, showNew, signIn, untilLive } from './browser.ts';
import { consoleForFile, TOKEN } from './console-for-file.ts';
import { openCuttableLine } from './cuttable-line.ts';

const SCRIPT = '<img src=x onerror=alert(1)>';

const site = consoleForFile({ stepTimeoutMs: 1_500, bookingDeadlineMs: 2_000 });
const { book, openSignedIn } = site;

test('When the first booking is made while the page is open, Then it appears by itself, and what was empty is gone', async () => {
  const page = await openSignedIn();
  expect(await page.locator('#nothing').textContent()).toContain(BOOKING_PATH);
  await untilLive(page);

  await book({ name: 'Grace Hopper' });

  await page.getByRole('rowheader', { name: 'Grace Hopper' }).waitFor();
  await page.getByRole('status').filter({ hasText: '1 new booking' }).waitFor({ state: 'attached' });
  await page.locator('#today').getByRole('link', { name: 'Confirmed' }).waitFor();
  expect(await page.locator('#nothing').count()).toBe(0);
  await page.context().close();
});

test('When a booking is cancelled on its page, Then refund and release are seen, there and in the list', async () => {
  const path = await book({ name: 'Katherine Johnson' });
  const page = await openSignedIn();
  const list = await page.context().newPage();
  await list.goto('/console');
  await untilLive(list);

  await page.getByRole('link', { name: 'Katherine Johnson' }).click();
  await page.getByText('Cancel this booking…').click();
  await page.getByLabel('Reason').fill('The doctor is ill.');
  await page.getByRole('button', { name: 'Refund and release' }).click();

  await page.getByRole('heading', { name: /^Refund the fee\s*Done$/ }).waitFor();
  await page.getByRole('heading', { name: /^Release the slot\s*Done$/ }).waitFor();
  await list
    .getByRole('row', { name: /Katherine Johnson/ })
    .getByText('Cancelled')
    .waitFor();
  expect((await site.stack.ledgerEntry(path)).payment_status).toBe('refunded');
  await page.context().close();
});

test('When a booking is stuck and its peer well again, Then a retry ends it, and the page shows how without a reload', async () => {
  site.stack.payment.interfere(respond(500, '{}'));
  const page = await openSignedIn();
  const path = await book({ name: 'Ida Rhodes' });
  await page.goto(`/console${path}`);
  await page.locator('#state').getByText('Stuck').waitFor({ timeout: 20_000 });
  await expectAccessible(page);

  // Not before the click: it would be retried by itself, and the button gone.
  page.once('request', () => site.stack.payment.interfere(undefined));
  await page.getByRole('button', { name: 'Retry now' }).click();

  await page.locator('#state').getByText('Compensated').waitFor();
  await page.getByText('Nothing is left behind').waitFor();
  await page.context().close();
}, 60_000);

test('When the token is wrong, Then the page says so and nothing is seen', async () => {
  const page = await site.browser.open(site.stack.url());
  await page.goto('/console');
  await page.getByLabel('Token', { exact: true }).fill('wrong');
  await page.getByLabel('Token', { exact: true }).press('Enter');

  await page.getByRole('alert').filter({ hasText: 'That is no token of an operator or a viewer.' }).waitFor();
  await expectAccessible(page);
  await page.goto('/console');
  expect(page.url()).toContain('/console/sign-in');
  // Chromium reports the 401 of a page as an error of its own.
  expect(site.browser.complaints.splice(0)).toEqual([expect.stringContaining('401')]);
  await page.context().close();
});

test('When the line is cut and mended, Then the page says so, reconnects by itself and misses nothing', async () => {
  await using line = await openCuttableLine(site.stack.url());
  const page = await site.browser.open(line.url);
  await signIn(page, TOKEN);
  await untilLive(page);

  line.cut();
  await page
    .locator('#live')
    .getByText(/^Reconnecting, as of \d\d:\d\d:\d\d UTC$/)
    .waitFor();
  const filterOf = () => page.evaluate<string>(`getComputedStyle(document.getElementById('main')).filter`);
  expect(await filterOf()).toBe('grayscale(1)');
  await expectAccessible(page);
  await book({ name: 'Meanwhile Booked' });
  line.mend();

  await untilLive(page);
  await showNew(page);
  await page.getByRole('rowheader', { name: 'Meanwhile Booked' }).waitFor();
  expect(await filterOf()).toBe('none');
  expect(await page.locator('#live').textContent()).toBe('Live');
  await page.context().close();
  // The failed connections themselves are reported, as they should be.
  const others = site.browser.complaints.splice(0).filter((text) => !/net::ERR_|WebSocket/.test(text));
  expect(others).toEqual([]);
});

test('When the stream is refused for a moment, as in a restart, Then the page asks again', async () => {
  const page = await site.browser.open(site.stack.url());
  await page.route('**/console/events*', (route) => route.fulfill({ status: 503 }), { times: 1 });
  await signIn(page, TOKEN);

  await untilLive(page);

  expect(site.browser.complaints.splice(0)).toEqual([expect.stringContaining('503')]);
  await page.context().close();
});

test('When there is nothing but a keyboard, Then a booking can be found, opened and cancelled', async () => {
  const path = await book({ name: 'Annie Easley' });
  const page = await openSignedIn();
  const press = async (key: string, until: () => Promise<boolean>) => {
    for (let presses = 0; !(await until()); presses += 1) {
      if (presses > 80) throw new Error(`${key} does not lead there`);
      await page.keyboard.press(key);
    }
  };
  const focused = (text: string) => () =>
    page.evaluate<boolean>(`document.activeElement.textContent.trim().startsWith(${JSON.stringify(text)})`);

  await press('Tab', focused('Skip to the content'));
  await page.keyboard.press('Enter');
  await press('Tab', focused('Annie Easley'));
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/console${path}`);
  await press('Tab', focused('Cancel this booking…'));
  await page.keyboard.press('Enter');
  await press('Tab', () => page.evaluate<boolean>(`document.activeElement.name === 'reason'`));
  await page.keyboard.type('The doctor is ill.');
  await press('Tab', focused('Refund and release'));
  await page.keyboard.press('Enter');

  await page.locator('#state').getByText('Cancelled', { exact: true }).waitFor();
  await page.context().close();
});

test('When scripts are off, Then everything can be read, and a booking can be cancelled', async () => {
  const path = await book({ name: 'Mary Jackson' });
  const page = await openSignedIn({ javaScriptEnabled: false });
  expect(await page.locator('#live').isVisible()).toBe(false);
  await page.getByRole('link', { name: 'Mary Jackson' }).click();
  await page.getByRole('heading', { name: /^Settle the fee/ }).waitFor();

  await page.getByText('Cancel this booking…').click();
  await page.getByLabel('Reason').fill('The doctor is ill.');
  await page.getByRole('button', { name: 'Refund and release' }).click();

  await page.locator('#state').getByText('Cancelled', { exact: true }).waitFor();
  expect((await site.stack.call('GET', path)).json.status).toBe('cancelled');
  await page.context().close();
});

test('When a patient is called like a script, Then the page shows the name and runs nothing', async () => {
  const page = await openSignedIn();
  await untilLive(page);
  page.on('dialog', () => site.browser.complaints.push('a dialog opened'));

  const path = await book({ name: SCRIPT, doctor: SCRIPT });

  await showNew(page);
  await page.getByRole('rowheader', { name: SCRIPT }).waitFor();
  await page.goto(`/console${path}`);
  await page.getByRole('heading', { name: SCRIPT, level: 1 }).waitFor();
  expect(await page.locator('img').count()).toBe(0);
  await page.context().close();
});

describe.each(['light', 'dark'] as const)('in the %s', (colorScheme) => {
  test.each([1280, 360])('When it is %i pixels wide, Then axe finds nothing and nothing is cut off', async (width) => {
    const confirmed = await book({ name: 'Dorothy Vaughan', date: '01-03-2031' });
    const declined = await book({ cardNum: '4000000000000002', date: '01-03-2031' });
    const page = await openSignedIn({ colorScheme, viewport: { width, height: 800 } });
    for (const path of ['/console', `/console${confirmed}`, `/console${declined}`, '/console?status=stuck']) {
      await page.goto(path);
      await expectAccessible(page);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
    await page.context().close();
  });
});
