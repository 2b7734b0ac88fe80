import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible, untilLive } from './browser.ts';
import { consoleForFile } from './console-for-file.ts';

const LONG = 'N'.repeat(100);

const site = consoleForFile();
const { book, openSignedIn } = site;

const widthsOf = (page: Page) =>
  page.evaluate<number[]>(
    `[...document.querySelectorAll('#bookings thead th')].map((one) => Math.round(one.getBoundingClientRect().width))`,
  );

test('When scripts run, Then an id is copied by a button, also once the page has changed by itself', async () => {
  const path = await book();
  const page = await openSignedIn();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(`/console${path}`);
  await untilLive(page);
  const clipboard = () => page.evaluate<string>('navigator.clipboard.readText()');

  await page.getByRole('button', { name: 'Copy the booking id' }).click();
  await page.getByRole('status').filter({ hasText: 'Copied' }).waitFor({ state: 'attached' });
  expect(await clipboard()).toBe(path.replace('/bookings/', ''));

  await site.stack.cancel(path);
  await page.locator('#state').getByText('Cancelled', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Copy the payment id' }).click();
  await expect.poll(clipboard).toBe((await site.stack.ledgerEntry(path)).payment_id);
  await expectAccessible(page);
  await page.context().close();
});

test('When scripts are off, Then there is no button that would do nothing', async () => {
  const path = await book({ date: '02-02-2031' });
  const page = await openSignedIn({ javaScriptEnabled: false });
  await page.goto(`/console${path}`);
  expect(await page.locator('.scripts-only:visible').count()).toBe(0);
  await page.context().close();
});

test('When times are told by the local clock, Then by its zone, from page to page, until UTC is wanted again', async () => {
  const path = await book({ date: '03-02-2031' });
  const page = await openSignedIn({ timezoneId: 'Asia/Kolkata' });
  await page.goto(`/console${path}`);
  const requested = page.locator('dt:text-is("Requested") + dd');
  const utc = await requested.innerText();
  const at = await requested.locator('time').getAttribute('datetime');
  const inIndia = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'medium',
    timeZone: 'Asia/Kolkata',
  }).format(new Date(at as string));
  expect(utc).toMatch(/ UTC$/);

  await page.getByRole('button', { name: 'Local time' }).click();
  expect(await requested.innerText()).toBe(`${inIndia} GMT+5:30`);
  expect(await page.locator('#history-title').innerText()).toContain('times in GMT+5:30');
  await page.reload();
  await untilLive(page);
  await site.stack.cancel(path);
  const refunded = page.getByRole('listitem').filter({ hasText: 'Refund the fee' }).locator('time').first();
  expect((await refunded.innerText()).slice(0, 5)).toBe(
    new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'Asia/Kolkata' }).format(
      new Date((await refunded.getAttribute('datetime')) as string),
    ),
  );

  await page.getByRole('button', { name: 'Local time' }).click();
  expect(await requested.innerText()).toBe(utc);
  await page.context().close();
});

test('When a page is printed, Then black on white, without what can only be clicked', async () => {
  const path = await book({ date: '04-02-2031' });
  const page = await openSignedIn({ colorScheme: 'dark' });
  for (const address of ['/console', `/console${path}`]) {
    await page.goto(address);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const colours = await page.evaluate(
      '[getComputedStyle(document.documentElement)].map((s) => [s.color, s.backgroundColor])[0]',
    );
    expect(colours).toEqual(['rgb(0, 0, 0)', 'rgb(255, 255, 255)']);
    expect(await page.locator('button:visible, nav:visible, input:visible, summary:visible').allInnerTexts()).toEqual(
      address === '/console' ? ['Values', 'Values'] : [],
    );
    expect(await page.getByText('Thomas Colins').first().isVisible()).toBe(true);
    await page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
  }
  await page.context().close();
});

test('When the screen is a phone, Then what can be done comes before what happened', async () => {
  const path = await book({ date: '05-02-2031' });
  const page = await openSignedIn({ viewport: { width: 390, height: 800 } });
  await page.goto(`/console${path}`);
  const top = async (selector: string) => (await page.locator(selector).boundingBox())?.y ?? 0;
  expect(await top('#actions')).toBeLessThan(await top('#timeline'));
  expect(await top('#actions')).toBeLessThan(800);
  await page.context().close();
});

test('When a name has 100 letters without a space, Then no page is wider than its window', async () => {
  const path = await book({ name: LONG, doctor: LONG });
  for (const width of [1280, 320]) {
    const page = await openSignedIn({ viewport: { width, height: 800 } });
    for (const address of [
      '/console',
      `/console?q=${LONG}`,
      `/console?q=${LONG}&status=stuck&doctor=${LONG}`,
      `/console${path}`,
    ]) {
      await page.goto(address);
      expect(await page.evaluate('document.documentElement.scrollWidth'), `${width} ${address}`).toBe(width);
    }
    await page.context().close();
  }
});

test('When pages have other bookings on them, Then their columns are as wide', async () => {
  await book({ name: 'Bo', doctor: 'Al', date: '06-02-2031' });
  const page = await openSignedIn({ viewport: { width: 1280, height: 800 } });
  const widths: number[][] = [];
  for (const query of ['', '?q=Bo', `?q=${LONG}`, '?status=failed']) {
    await page.goto(`/console${query}`);
    widths.push(await widthsOf(page));
  }
  expect(widths[0]?.length).toBe(8);
  for (const one of widths) expect(one).toEqual(widths[0]);
  await page.context().close();
});

test('When colours are forced, Then only the tab that is chosen has a line under it', async () => {
  const page = await openSignedIn({ forcedColors: 'active' });
  await page.goto('/console?status=confirmed');
  const underlined = await page.evaluate(
    `[...document.querySelectorAll('.tabs a')].filter((one) => getComputedStyle(one).borderBottomStyle !== 'none').map((one) => one.textContent)`,
  );
  expect(underlined).toEqual(['Confirmed']);
  await expectAccessible(page);
  await page.context().close();
});
