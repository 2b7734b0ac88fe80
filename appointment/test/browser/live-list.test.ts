import { waitUntil } from '@appointments/chassis/testing';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { GUIDE_REQUEST } from '../appointment-stack.ts';
import { respond } from '../interferences.ts';
import { expectAccessible, showNew, signIn, untilLive } from './browser.ts';
import { consoleForFile, TOKEN } from './console-for-file.ts';

const site = consoleForFile({ stepTimeoutMs: 1_500, bookingDeadlineMs: 2_000 });
let day = 0;

async function book(name: string): Promise<string> {
  const date = `01-01-${2030 + day++}`;
  return (await site.stack.book({ ...GUIDE_REQUEST, name, date })).headers.get('location') as string;
}

async function openList(query: string): Promise<Page> {
  const page = await site.browser.open(site.stack.url());
  await signIn(page, TOKEN);
  await page.goto(`/console${query}`);
  await untilLive(page);
  return page;
}

const row = (page: Page, name: string) => page.getByRole('rowheader', { name, exact: true });
const focused = (page: Page) => page.evaluate<string>('document.activeElement.textContent.trim()');
const idsOf = (page: Page) =>
  page.evaluate<string[]>(`[...document.querySelectorAll('#bookings tbody tr')].map((row) => row.dataset.id)`);
/** Keeps what is said aloud from now on, and how often a row flashes. */
const watch = (page: Page) =>
  page.evaluate(`
    globalThis.said = [];
    globalThis.flashes = 0;
    new MutationObserver(() => {
      const text = document.getElementById('announcer').textContent;
      if (text) said.push(text);
    }).observe(document.getElementById('announcer'), { childList: true });
    new MutationObserver(() => (flashes += document.querySelectorAll('.fresh').length))
      .observe(document.getElementById('main'), { childList: true, subtree: true });
  `);

test('When bookings are made while a list is looked at, Then it stays as it is and says how many there are, until they are asked for', async () => {
  await book('Orla One');
  const page = await openList('?q=orla');
  const top = async () => (await row(page, 'Orla One').boundingBox())?.y ?? 0;
  const before = await top();

  await book('Orla Two');
  await page.getByRole('button', { name: '1 new: show' }).waitFor();
  await page.getByRole('status').filter({ hasText: '1 new booking' }).waitFor({ state: 'attached' });
  await book('Orla Three');
  await page.getByRole('button', { name: '2 new: show' }).waitFor();

  expect(Math.abs((await top()) - before)).toBeLessThan(1);
  expect(await idsOf(page)).toHaveLength(1);
  await expectAccessible(page);
  await showNew(page);
  await row(page, 'Orla Three').waitFor();
  expect([(await idsOf(page)).length, await focused(page)]).toEqual([3, 'Orla Three']);
  expect(await page.getByRole('button', { name: /new: show/ }).count()).toBe(0);
  await page.context().close();
});

test('When more are made than a page has room for, Then the way to older ones misses none', async () => {
  const made: string[] = [];
  const bookMany = async (count: number) => {
    for (let made_ = 0; made_ < count; made_ += 1) made.push((await book('Petra Many')).replace('/bookings/', ''));
  };
  await bookMany(45);
  const page = await openList('?q=petra');
  await bookMany(20);
  await page.getByRole('button', { name: '20 new: show' }).waitFor();

  await showNew(page);
  await page.getByRole('link', { name: /^Older/ }).waitFor();
  const first = await idsOf(page);
  await page.getByRole('link', { name: /^Older/ }).click();
  await page.getByRole('link', { name: /Newest$/ }).waitFor();

  expect([...first, ...(await idsOf(page))]).toEqual(made.toReversed());
  await page.context().close();
}, 90_000);

test('When a booking fits the filter no longer, Then its row goes, also with the focus in it, and the list says that it is empty', async () => {
  const paths = [await book('Quinn One'), await book('Quinn Two')];
  const page = await openList('?q=quinn&status=confirmed');
  await row(page, 'Quinn Two').getByRole('link').focus();

  await site.stack.cancel(paths[1] as string);
  await row(page, 'Quinn Two').waitFor({ state: 'detached' });
  expect(await focused(page)).toBe('Quinn One');
  await site.stack.cancel(paths[0] as string);
  await page.getByText('No confirmed booking for').waitFor();

  expect(await focused(page)).toContain('Bookings');
  expect(await page.locator('#bookings').isVisible()).toBe(false);
  await page.context().close();
});

test('When the pointer rests on a row, Then rows that go stay in their place until it leaves', async () => {
  const paths = [await book('Rosa One'), await book('Rosa Two')];
  const page = await openList('?q=rosa&status=confirmed');
  await row(page, 'Rosa One').hover();

  await site.stack.cancel(paths[1] as string);
  await page.locator('tr.left').waitFor();
  expect(await idsOf(page)).toHaveLength(2);
  await page.locator('h2').first().hover();

  await row(page, 'Rosa Two').waitFor({ state: 'detached' });
  await page.context().close();
});

test('When the notice of stuck bookings comes above the list, Then the row under the pointer stays under it', async () => {
  for (const name of ['Tilda', 'Tilda', 'Tilda', 'Tilda Still']) await book(name);
  const page = await openList('?q=tilda');
  // So that the page can be scrolled, as it can with many rows, and is not: where it is, browsers hold it themselves.
  await page.setViewportSize({ width: 1280, height: 690 });
  await row(page, 'Tilda Still').hover();
  const top = async () => (await row(page, 'Tilda Still').boundingBox())?.y ?? 0;
  const before = await top();
  expect(await page.evaluate('scrollY')).toBe(0);
  site.stack.payment.interfere(respond(500, '{}'));

  const path = await book('Ursula Stuck');
  await site.stack.becomes(path, 'stuck');
  await page.getByRole('link', { name: '1 booking is stuck: see what holds it up' }).waitFor();

  expect(Math.abs((await top()) - before)).toBeLessThan(1);
  site.stack.payment.interfere(undefined);
  // And with it the circuit is closed: a payment that is not even tried leaves nothing that could be stuck.
  await site.stack.becomes(path, 'compensated');
  await page.context().close();
}, 90_000);

test('When a stuck booking is tried again and again, Then its row neither flashes nor is announced', async () => {
  site.stack.payment.interfere(respond(500, '{}'));
  const path = await book('Sigrid Stuck');
  await site.stack.becomes(path, 'stuck');
  const pages = [await openList('?q=sigrid'), await openList(path)];
  for (const page of pages) await watch(page);
  const tries = () => site.stack.payment.requests.filter(({ path: at }) => at.includes(path.slice(-12))).length;
  const before = tries();

  // By then what the rows say of their age has changed as well.
  await waitUntil('it was tried again and again', () => tries() >= before + 3, 60_000);

  const seen = await Promise.all(pages.map((page) => page.evaluate('[globalThis.said, globalThis.flashes]')));
  site.stack.payment.interfere(undefined);
  expect(seen).toEqual([
    [[], 0],
    [[], 0],
  ]);
  for (const page of pages) await page.locator('.tone-compensated').first().waitFor();
  for (const page of pages) await page.context().close();
}, 90_000);
