import { type StackOptions, startStack } from '../appointment-stack.ts';

export const TOKEN = 'an-operator-token-nobody-guesses';

/** A page, or the response to a form. */
export interface Page {
  status: number;
  headers: Headers;
  text: string;
  location: string | null;
}

/** A browser without a screen: keeps the console's cookie and says where its forms come from. */
export function createVisitor(url: () => string) {
  let cookies = new Map<string, string>();
  const header = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');

  function keep(set: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
    if (set.includes('Max-Age=0')) cookies.delete(name);
    else cookies.set(name, value);
  }

  async function send(path: string, init: RequestInit = {}): Promise<Page> {
    const headers = { ...(cookies.size > 0 && { cookie: header() }), ...(init.headers as Record<string, string>) };
    const response = await fetch(url() + path, { redirect: 'manual', ...init, headers });
    for (const set of response.headers.getSetCookie()) keep(set);
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      location: response.headers.get('location'),
    };
  }

  const visitor = {
    cookie: header,
    useCookie: (other: string) => {
      cookies = new Map(other.split('; ').map((one) => one.split(/=(.*)/s, 2) as [string, string]));
    },
    get: (path: string) => send(path),
    post: (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
      send(path, { method: 'POST', body: new URLSearchParams(fields), headers: { origin: url(), ...headers } }),
    signIn: (token = TOKEN, headers: Record<string, string> = {}) =>
      visitor.post('/console/sign-in', { token }, headers),
    /** The token that the forms of a page hold. */
    csrf: async (path = '/console') => /name="csrf" value="([^"]+)"/.exec((await send(path)).text)?.[1] ?? '',
    listen: (path: string, signal: AbortSignal) => fetch(url() + path, { headers: { cookie: header() }, signal }),
  };
  return visitor;
}

export type Visitor = ReturnType<typeof createVisitor>;

/** A stack, and an operator who is signed in to its console. */
export async function startWithOperator(options: StackOptions = {}) {
  const stack = await startStack({ operatorToken: TOKEN, stepTimeoutMs: 1_500, bookingDeadlineMs: 2_000, ...options });
  const operator = createVisitor(stack.url);
  await operator.signIn();
  return { stack, operator, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}

/** The ids of the bookings that a list shows, from the top. */
export const idsIn = (page: Page): string[] =>
  [...page.text.matchAll(/<tr role="row" data-id="([^"]+)"/g)].map(([, id]) => id as string);
