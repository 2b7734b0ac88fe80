import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { GUIDE_REQUEST, type Stack, type StackOptions, startStack } from '../appointment-stack.ts';
import { signIn, startBrowser } from './browser.ts';

export const TOKEN = 'an-operator-token-nobody-guesses';

/** A stack and a browser for all tests of a file; after each of them no page may have complained. */
export function consoleForFile(options: StackOptions = {}) {
  let browser: Awaited<ReturnType<typeof startBrowser>>;
  let stack: Stack;

  beforeAll(async () => {
    browser = await startBrowser();
    stack = await startStack({ operatorToken: TOKEN, ...options });
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.[Symbol.asyncDispose]();
  });
  afterEach(() => {
    expect(browser.complaints.splice(0)).toEqual([]);
  });

  return {
    get browser() {
      return browser;
    },
    get stack() {
      return stack;
    },
    /** @returns the path of the booking */
    book: async (wishes: object = {}): Promise<string> =>
      (await stack.book({ ...GUIDE_REQUEST, ...wishes })).headers.get('location') as string,
    /** A window in which an operator is signed in. */
    async openSignedIn(options?: BrowserContextOptions): Promise<Page> {
      const page = await browser.open(stack.url(), options);
      await signIn(page, TOKEN);
      return page;
    },
  };
}
