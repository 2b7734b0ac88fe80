import { type FormState, formBody, Problem } from '@appointments/chassis';
import type Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { forbidden } from '../problems.ts';
import { bookingBody } from '../schema.ts';
import { sendPage } from './page-frame.ts';
import { type TestBookingFields, testBookingPage } from './pages/test-booking-page.ts';
import { sameOrigin } from './same-origin.ts';
import type { Sessions } from './session.ts';
import { csrfProtected, type SessionState, signedIn } from './signed-in.ts';
import type { TestBookings, TestDesk } from './test-bookings.ts';

export interface TestBookingDependencies {
  sessions: Sessions;
  testBookings: TestBookings;
  now: () => number;
}

const PATH = '/console/test-booking';
const DAY_MS = 86_400_000;
const isKey = (text: string | undefined): text is string => z.uuid().safeParse(text).success;

/** Adds the page on which operators make test bookings, where the payment service runs its sandbox. */
export function addTestBookingRoutes(
  router: Router,
  guards: Middleware[],
  dependencies: TestBookingDependencies,
): void {
  const { sessions, testBookings, now } = dependencies;
  const reading = [...guards, signedIn(sessions), operatorsOnly] as Middleware[];
  const acting = [
    ...[...guards, sameOrigin(), signedIn(sessions), operatorsOnly],
    ...[formBody(), csrfProtected(sessions)],
  ] as Middleware[];
  const csrfOf = (ctx: Context) => sessions.csrfToken((ctx.state as SessionState).session);

  router.get<SessionState>(PATH, ...reading, async (ctx) => {
    const desk = await openDesk(testBookings);
    const date = new Date(now() + DAY_MS).toISOString().slice(0, 10);
    sendPage(ctx, testBookingPage({ desk, fields: { name: 'Test Patient', date }, errors: {}, csrf: csrfOf(ctx) }));
  });

  router.post<SessionState & FormState>(PATH, ...acting, async (ctx) => {
    const { form, session } = ctx.state;
    const desk = await openDesk(testBookings);
    const { body, errors } = readForm(form, desk);
    if (!body) return sendPage(ctx, testBookingPage({ desk, fields: form, errors, csrf: csrfOf(ctx) }), 400);
    const id = await testBookings.book(body, form.key as string, session.caller);
    ctx.redirect(`/console/bookings/${id}`);
    ctx.status = 303;
  });
}

const operatorsOnly: Middleware<SessionState> = async function operatorsOnly(ctx, next) {
  if (ctx.state.session.caller.role !== 'operator') throw forbidden();
  await next();
};

/** @throws Problem 409 `no_sandbox`, 503 `peer_unavailable` */
async function openDesk(testBookings: TestBookings): Promise<TestDesk> {
  const desk = await testBookings.openDesk().catch((cause: unknown) => {
    const detail = 'The services do not say what a test booking can be made of. Try again in a moment.';
    throw new Problem(503, 'peer_unavailable', { detail, headers: { 'retry-after': '5' }, cause });
  });
  if (desk) return desk;
  const detail = 'Test bookings are for the sandbox, and the payment service charges at another gateway.';
  throw new Problem(409, 'no_sandbox', { detail });
}

/** Only what the page offers is taken: no other card, and a doctor of the list. */
function readForm(form: FormState['form'], { doctors, cards }: TestDesk) {
  const { name, doctor, key } = form;
  const cardNum = cards.find(({ number }) => number === form.card)?.number;
  // The browser's form of a day is YYYY-MM-DD.
  const date = form.date?.split('-').reverse().join('-');
  const { data, error } = bookingBody.safeParse({ name, doctor, date, cardNum });
  const errors: { [Name in keyof TestBookingFields]?: string } = {};
  for (const { path, message } of error?.issues ?? []) {
    const field = path[0] === 'cardNum' ? 'card' : (path[0] as keyof TestBookingFields);
    errors[field] ??= message;
  }
  if (!doctors.includes(doctor ?? '')) errors.doctor = 'must be one of the list';
  if (!cardNum) errors.card = 'must be one of the list';
  const fits = data && isKey(key) && Object.keys(errors).length === 0;
  return { body: fits ? data : undefined, errors };
}
