import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { signIn } from './browser.ts';
import { consoleForFile, TOKEN } from './console-for-file.ts';

const DAY_MS = 86_400_000;
const MOST_CLICKS = 4;

const site = consoleForFile();
const { book } = site;

/** An operator at the list, whose clicks are counted. */
async function openCounted(path = '/console') {
  const page = await site.browser.open(site.stack.url());
  await signIn(page, TOKEN);
  await page.goto(path);
  let clicks = 0;
  return {
    page,
    click: async (target: ReturnType<Page['locator']>) => {
      clicks += 1;
      await target.click();
    },
    expectFewClicks: () => expect(clicks).toBeLessThanOrEqual(MOST_CLICKS),
  };
}

/** Makes a booking that has ended as old as it is to be; its id says when it was made. */
async function makeOlder(path: string, at: number): Promise<string> {
  const id = path.replace('/bookings/', '');
  const digits = at.toString(16).padStart(12, '0');
  const older = `${digits.slice(0, 8)}-${digits.slice(8)}${id.slice(13)}`;
  await site.stack.change(async (tables) => {
    await tables.updateTable('bookings').set({ id: older }).where('id', '=', id).execute();
    await tables.updateTable('sagas').set({ id: older, created_at: at, updated_at: at }).where('id', '=', id).execute();
  });
  return `/bookings/${older}`;
}

/** The last Tuesday before today. */
function lastTuesday(): Date {
  const today = new Date();
  const daysAgo = ((today.getUTCDay() + 4) % 7) + 1;
  return new Date(today.getTime() - daysAgo * DAY_MS);
}

test('When a patient asks about last Tuesday, Then the booking is found, and why it failed, and a link to it is handed on', async () => {
  await book({ name: 'Ingrid Berg' });
  const tuesday = lastTuesday();
  const failed = await book({ name: 'Ingrid Berg', date: '02-02-2031', cardNum: '4000000000000002' });
  const path = await makeOlder(failed, tuesday.getTime());
  const { page, click, expectFewClicks } = await openCounted();
  const day = tuesday.toISOString().slice(0, 10);

  await click(page.getByLabel('Patient or id'));
  await page.keyboard.type('ingrid');
  await page.getByLabel('Requested from').fill(day);
  await page.getByLabel('to', { exact: true }).fill(day);
  await page.keyboard.press('Enter');
  const row = page.getByRole('row', { name: /Ingrid Berg/ });
  await row.getByText('the card was declined').waitFor();
  expect(await row.count()).toBe(1);
  await click(row.getByRole('link', { name: 'Ingrid Berg' }));
  await page.locator('#state').getByText('The card was declined.').waitFor();
  expect(new URL(page.url()).pathname).toBe(`/console${path}`);
  expectFewClicks();

  // The address is the link: it leads a colleague to the same page, over the sign-in.
  const colleague = await site.browser.open(site.stack.url());
  await colleague.goto(page.url());
  await colleague.getByLabel('Token', { exact: true }).fill(TOKEN);
  await colleague.getByRole('button', { name: 'Sign in' }).click();
  await colleague.getByRole('heading', { name: 'Ingrid Berg', level: 1 }).waitFor();
  expect(colleague.url()).toBe(page.url());
  await Promise.all([page.context().close(), colleague.context().close()]);
});

test('When a booking is to be cancelled, Then with its reason in four clicks', async () => {
  const path = await book({ name: 'Ingrid Holm', date: '03-02-2031' });
  const { page, click, expectFewClicks } = await openCounted();

  await click(page.getByRole('link', { name: 'Ingrid Holm' }));
  await click(page.getByText('Cancel this booking…'));
  await click(page.getByLabel('Reason'));
  await page.keyboard.type('The doctor is ill.');
  await click(page.getByRole('button', { name: 'Refund and release' }));

  await page.locator('#state').getByText('The doctor is ill.').waitFor();
  await site.stack.becomes(path, 'cancelled');
  expectFewClicks();
  await page.context().close();
});

test('When 50 bookings are stuck, Then two clicks retry them all', async () => {
  const paths: string[] = [];
  for (let index = 0; index < 50; index += 1) {
    paths.push(
      await book({
        name: `Stuck ${index}`,
        date: `${String((index % 28) + 1).padStart(2, '0')}-0${3 + (index % 2)}-2031`,
      }),
    );
  }
  await site.stack.payment.goDown();
  await Promise.all(paths.map((path) => site.stack.cancel(path)));
  for (const path of paths) await site.stack.becomes(path, 'stuck');
  const { page, click, expectFewClicks } = await openCounted();

  await click(page.getByRole('link', { name: /50 bookings are stuck/ }));
  await page.getByText('Refund failing: ').first().waitFor();
  await site.stack.payment.comeBack();
  await click(page.getByRole('button', { name: 'Retry all that are stuck' }));

  for (const path of paths) await site.stack.becomes(path, 'cancelled');
  expectFewClicks();
  await page.context().close();
}, 120_000);
