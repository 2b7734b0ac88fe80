import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const USUAL_PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function findChromium(): string {
  const named = process.env.CHROMIUM_PATH;
  const found = named ? [named].find(existsSync) : USUAL_PLACES.find(existsSync);
  if (found) return found;
  throw new Error(
    named
      ? 'CHROMIUM_PATH names no file.'
      : 'The browser tests need Chromium, and there is none: install it (Debian: apt-get install chromium) or name one in CHROMIUM_PATH.',
  );
}

/** A real Chromium; every complaint of its pages is kept. */
export async function startBrowser() {
  const browser = await chromium.launch({ executablePath: findChromium(), args: ARGUMENTS });
  const complaints: string[] = [];

  return {
    /** What pages wrote to their consoles as errors, violations of the content security policy among them. */
    complaints,
    /** A window of its own, with its own cookies. */
    async open(baseURL: string, options: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser.newContext({ baseURL, reducedMotion: 'reduce', ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      return page;
    },
    close: () => browser.close(),
  };
}

/** Signs in as a person does. */
export async function signIn(page: Page, token: string): Promise<void> {
  await page.goto('/console');
  await page.getByLabel('Token', { exact: true }).fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Bookings', exact: false, level: 2 }).waitFor();
}

/** Waits until the page hears of changes. */
export const untilLive = (page: Page) => page.locator('#live[data-state="live"]').waitFor();

/** Asks for the rows that wait to be shown. */
export const showNew = (page: Page) => page.getByRole('button', { name: /new: show$/ }).click();

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** Checks the page with axe, from outside of its content security policy. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe puts itself there.
    const { violations } = await (globalThis as any).axe.run();
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    return violations.map(({ id, impact, nodes }: any) => `${impact} ${id}: ${nodes[0]?.html} (${nodes.length})`);
  });
  expect(violations).toEqual([]);
}
