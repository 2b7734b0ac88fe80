import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { onlyPosts, respond } from '../interferences.ts';
import { expectAccessible, showNew, untilLive } from './browser.ts';
import { consoleForFile } from './console-for-file.ts';

const site = consoleForFile({ stepTimeoutMs: 1_500, bookingDeadlineMs: 2_000 });

const idsOf = (page: Page) =>
  page.evaluate<string[]>(`[...document.querySelectorAll('#bookings tbody tr')].map((row) => row.dataset.id)`);

test('When a count of lost or refused bookings is clicked, Then the list has exactly those, and keeps to them while it is looked at', async () => {
  const declined = await site.book({ name: 'Rita Refused', cardNum: '4000000000000002' });
  site.stack.payment.interfere(onlyPosts(respond(502, '{}')));
  const lost = await site.book({ name: 'Lotte Lost', date: '02-02-2031' });
  const page = await site.openSignedIn();
  const ids = (...paths: string[]) => paths.map((path) => path.replace('/bookings/', ''));

  await page.locator('#today').getByRole('link', { name: 'Refused' }).click();
  await page.waitForURL(/outcome=refused/);
  expect(await idsOf(page)).toEqual(ids(declined));
  await page.locator('#today').getByRole('link', { name: '1 lost today' }).click();
  await page.waitForURL(/outcome=lost/);
  await untilLive(page);
  expect(await idsOf(page)).toEqual(ids(lost));
  expect(await page.locator('.tabs [aria-current]').innerText()).toBe('Lost');
  await expectAccessible(page);

  await site.book({ name: 'Doctor Unknown', doctor: 'Nobody' });
  const another = await site.book({ name: 'Lars Lost', date: '03-02-2031' });
  await page.getByRole('button', { name: '1 new: show' }).waitFor();
  await showNew(page);
  await page.getByRole('rowheader', { name: 'Lars Lost' }).waitFor();
  expect(await idsOf(page)).toEqual(ids(another, lost));

  await page.getByLabel('Patient or id').fill('lotte');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.waitForURL(/q=lotte/);
  expect(await idsOf(page)).toEqual(ids(lost));
  const phone = await site.openSignedIn({ viewport: { width: 390, height: 800 } });
  await phone.goto('/console?outcome=lost');
  const { x = 0, width = 0 } = (await phone.locator('.tabs [aria-current]').boundingBox()) ?? {};
  expect([x >= 0, x + width <= 390]).toEqual([true, true]);
  await phone.context().close();
  await page.context().close();
});
