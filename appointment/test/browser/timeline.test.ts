import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { expectAccessible, signIn, startBrowser, untilLive } from './browser.ts';
import { startTripsConsole } from './trips-console.ts';

const TOKEN = 'an-operator-token-nobody-guesses';

let browser: Awaited<ReturnType<typeof startBrowser>>;
let trips: Awaited<ReturnType<typeof startTripsConsole>>;

beforeAll(async () => {
  browser = await startBrowser();
  trips = await startTripsConsole(TOKEN);
});
afterAll(async () => {
  await browser?.close();
  await trips?.[Symbol.asyncDispose]();
});
afterEach(() => {
  expect(browser.complaints.splice(0)).toEqual([]);
});

async function openSignedIn(options: Parameters<typeof browser.open>[1]) {
  const page = await browser.open(trips.url, options);
  await signIn(page, TOKEN);
  return page;
}

const boxOf = async (page: Page, name: RegExp) => {
  const box = await page.getByRole('heading', { name, level: 3 }).boundingBox();
  if (!box) throw new Error(`${name} is not seen`);
  return box;
};

test.each([
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 390 },
  { colorScheme: 'dark', width: 390 },
] as const)(
  'When trips are shown $colorScheme and $width pixels wide, Then axe finds nothing and nothing is cut off',
  async ({ colorScheme, width }) => {
    const page = await openSignedIn({ colorScheme, viewport: { width, height: 800 } });
    for (const path of trips.paths) {
      await page.goto(path);
      await untilLive(page);
      await expectAccessible(page);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
    await page.context().close();
  },
  120_000,
);

test('When colours are forced, Then axe finds nothing', async () => {
  const page = await openSignedIn({ forcedColors: 'active' });
  for (const name of ['rolled back by hand', 'stuck on the way back']) {
    await page.goto(trips.pathOf(name));
    await untilLive(page);
    await expectAccessible(page);
  }
  await page.context().close();
});

test('When there is room, Then each undo stands beside its step, and the moves between them; else all comes in order of time', async () => {
  const page = await openSignedIn({ javaScriptEnabled: false, viewport: { width: 1280, height: 800 } });
  await page.goto(trips.pathOf('rolled back by hand'));
  const boxes = async () => ({
    flight: await boxOf(page, /^Flight/),
    plaza: await boxOf(page, /^Plaza/),
    undoFlight: await boxOf(page, /^Undo flight/),
    undoPlaza: await boxOf(page, /^Undo plaza/),
    retried: await boxOf(page, /^Retried by an operator/),
  });

  const wide = await boxes();
  await page.setViewportSize({ width: 390, height: 800 });
  const narrow = await boxes();

  expect([wide.undoFlight.y, wide.undoPlaza.y]).toEqual([wide.flight.y, wide.plaza.y]);
  expect(wide.undoFlight.x).toBe(wide.undoPlaza.x);
  expect(wide.undoFlight.x).toBeGreaterThan(wide.flight.x);
  expect(wide.retried.y).toBeGreaterThan(wide.flight.y);
  expect(wide.retried.y).toBeLessThan(wide.plaza.y);
  const inOrder = [narrow.flight, narrow.plaza, narrow.undoPlaza, narrow.retried, narrow.undoFlight];
  expect(inOrder.map(({ y }) => y)).toEqual(inOrder.map(({ y }) => y).toSorted((one, other) => one - other));
  expect(new Set(inOrder.map(({ x }) => x)).size).toBe(1);
  await page.context().close();
});
