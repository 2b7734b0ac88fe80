import type { BrowserContext, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { expectAccessible, untilLive } from './browser.ts';
import { consoleForFile, TOKEN } from './console-for-file.ts';

const ELSEWHERE = 'http://tickets.example/';

const site = consoleForFile();
const { book, openSignedIn } = site;

async function openTab(context: BrowserContext, path = '/console'): Promise<Page> {
  const tab = await context.newPage();
  tab.setDefaultTimeout(15_000);
  await tab.goto(path);
  return tab;
}

const withStream = (tab: Page) => tab.locator('#live[data-state="live"][data-by="stream"]');

async function leadersAmong(tabs: readonly Page[]): Promise<Page[]> {
  const counts = await Promise.all(tabs.map((tab) => withStream(tab).count()));
  return tabs.filter((_, index) => counts[index] === 1);
}

test('When ten tabs are open, Then each loads, hears of changes and acts; one has the stream, and another once it is closed', async () => {
  const path = await book({ name: 'Katherine Johnson', date: '01-01-2031' });
  const first = await openSignedIn();
  const tabs = [first];
  while (tabs.length < 10) tabs.push(await openTab(first.context(), `/console?status=confirmed&tab=${tabs.length}`));
  for (const tab of tabs) await untilLive(tab);
  expect(await leadersAmong(tabs)).toHaveLength(1);

  const last = tabs.at(-1) as Page;
  await last.goto(`/console${path}`);
  await last.getByText('Cancel this booking…').click();
  await last.getByLabel('Reason').fill('The doctor is ill.');
  await last.getByRole('button', { name: 'Refund and release' }).click();

  await last.locator('#state').getByText('Cancelled', { exact: true }).waitFor();
  const others = tabs.slice(1, -1);
  for (const tab of others)
    await tab.getByRole('rowheader', { name: 'Katherine Johnson' }).waitFor({ state: 'detached' });
  const [leader] = await leadersAmong(tabs);
  await leader?.close();
  const left = tabs.filter((tab) => tab !== leader);
  await Promise.any(left.map((tab) => withStream(tab).waitFor()));
  await left[0]?.context().close();
}, 120_000);

test('When there are no locks, as over http from afar, Then the page polls', async () => {
  const page = await openSignedIn();
  await page.addInitScript(`Object.defineProperty(navigator, 'locks', { value: undefined })`);
  await page.goto('/console?q=ada');

  await page.locator('#live[data-state="live"][data-by="poll"]').waitFor();
  await book({ name: 'Ada Lovelace', date: '02-01-2031' });

  await page.getByRole('rowheader', { name: 'Ada Lovelace' }).waitFor();
  await page.context().close();
});

test('When the operator signs out in another tab, Then a page says so, shows no patient any more, and leads back to where it was', async () => {
  await book({ name: 'Grace Hopper', date: '03-01-2031' });
  const other = await openSignedIn();
  const page = await openTab(other.context(), '/console?q=grace&status=confirmed');
  await untilLive(page);
  await page.getByRole('rowheader', { name: 'Grace Hopper' }).waitFor();

  await other.getByRole('button', { name: 'Sign out' }).click();

  await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
  expect(await page.title()).toBe('Signed out · Appointments console');
  expect(await page.evaluate<string>('document.body.innerText')).not.toMatch(/Grace|Reconnecting|Sign out/);
  expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Your session has ended');
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Sign in and go on here' }).click();
  await page.getByLabel('Token', { exact: true }).fill(TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('rowheader', { name: 'Grace Hopper' }).waitFor();
  expect(page.url()).toBe(`${site.stack.url()}/console?q=grace&status=confirmed`);
  await page.context().close();
  // Chromium reports the 401 that told the page as an error of its own.
  expect(site.browser.complaints.splice(0).filter((text) => !text.includes('401'))).toEqual([]);
});

test('When a link on another site leads here, Then nobody has to sign in again; a form there changes nothing', async () => {
  const path = await book({ name: 'Dorothy Vaughan', date: '04-01-2031' });
  const page = await openSignedIn();
  const target = `${site.stack.url()}/console${path}`;
  await page.route(ELSEWHERE, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<a href="${target}">See</a><form method="post" action="${target}/cancellation"><button>Win</button></form>`,
    }),
  );

  await page.goto(ELSEWHERE);
  await page.getByRole('link', { name: 'See' }).click();
  await page.getByRole('heading', { name: 'Dorothy Vaughan', level: 1 }).waitFor();

  await page.goto(ELSEWHERE);
  await page.getByRole('button', { name: 'Win' }).click();
  await page.getByText('cross_site_request').waitFor();
  expect((await site.stack.call('GET', path)).json.status).toBe('confirmed');
  await page.context().close();
  expect(site.browser.complaints.splice(0).filter((text) => !text.includes('403'))).toEqual([]);
});
