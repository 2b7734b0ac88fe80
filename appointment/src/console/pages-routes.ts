import { type FormState, formBody, invalidInput, labelRequest } from '@appointments/chassis';
import type Router from '@koa/router';
import { Aborted, limitTime } from 'durable-store/time-limit';
import type { Context, Middleware } from 'koa';
import { type Actor, actorOf } from '../access/actor.ts';
import { presentBooking } from '../present-booking.ts';
import { bookingNotFound, forbidden } from '../problems.ts';
import { reasonBody } from '../schema.ts';
import type { RowPage } from './booking-rows.ts';
import { bookingsCsv } from './bookings-csv.ts';
import { findBookingId, listPath, pageStart, readFilter } from './console-query.ts';
import { type DoneAction, keepDoneAction, takeDoneAction } from './done-action.ts';
import { sendPage } from './page-frame.ts';
import { actionNotice, retriesNotice } from './pages/action-notice.ts';
import { type BookingPageData, bookingPage } from './pages/booking-page.ts';
import { type BookingsPageData, bookingsPage } from './pages/bookings-page.ts';
import { sameOrigin } from './same-origin.ts';
import type { Session, Sessions } from './session.ts';
import { csrfProtected, type SessionState, signedIn } from './signed-in.ts';

/** What the buttons do. Each rejects with a Problem where a booking is in no state for it. */
export interface ConsoleActions extends Record<'cancel' | 'retry' | 'pause' | 'resume', Act> {
  retryMany(
    wanted: { status: 'stuck' },
    actor: Actor,
  ): Promise<{ items: ReadonlyArray<{ code: string | null }> } | undefined>;
}

type Act = (id: string, actor: Actor) => Promise<unknown>;

export interface PagesDependencies {
  sessions: Sessions;
  readList: (
    filter: BookingsPageData['filter'],
    before: string | undefined,
  ) => Promise<Omit<BookingsPageData, 'csrf' | 'host' | 'mayAct' | 'offersTest' | 'notice'>>;
  /** Reads what a filter lets through page by page. */
  readRows: (filter: BookingsPageData['filter']) => Promise<(before: string | undefined) => Promise<RowPage>>;
  readBooking: (id: string, session: Session) => Promise<BookingPageData | undefined>;
  actions: ConsoleActions;
  /** Whether operators can make test bookings. */
  offersTest: () => Promise<boolean>;
  /** Rejects with a Problem where the booking has no such delivery. */
  sendAgain: (id: string, deliveryId: string, actor: Actor) => Promise<unknown>;
}

// Undoing may take as long as the peers take; the page that comes next shows how it goes on.
const ACTION_PATIENCE_MS = 1_500;

async function waitABit<Result>(work: Promise<Result>): Promise<Result | undefined> {
  using patience = limitTime(ACTION_PATIENCE_MS);
  return await patience.before(work).catch((error: unknown) => {
    if (error instanceof Aborted) return undefined;
    throw error;
  });
}

// It goes into a command that people paste into a shell.
const plainHost = (host: string): string => (/^[\w.:[\]-]+$/.test(host) ? host : 'localhost:9090');

/** Adds the list of bookings, the page of each, and what can be done with it. */
export function addPagesRoutes(router: Router, guards: Middleware[], dependencies: PagesDependencies): void {
  const { sessions, readList, readRows, readBooking, offersTest } = dependencies;
  const reading = [...guards, signedIn(sessions)] as Middleware[];
  const acting = [...guards, sameOrigin(), signedIn(sessions), formBody(), csrfProtected(sessions)] as Middleware[];

  router.get<SessionState>('/console', ...reading, async (ctx) => {
    const pasted = findBookingId(String(ctx.query.q ?? ''));
    if (pasted && (await readBooking(pasted, ctx.state.session))) return open(ctx, pasted);
    const page = await readList(readFilter(ctx.query), pageStart(ctx.query));
    const { session } = ctx.state;
    const mayAct = session.caller.role === 'operator';
    const done = takeDoneAction(ctx, session.secure);
    const data = { ...page, mayAct, csrf: sessions.csrfToken(session), host: plainHost(ctx.host) };
    const offered = mayAct && (await offersTest());
    sendPage(ctx, bookingsPage({ ...data, offersTest: offered, notice: done && retriesNotice(done) }));
  });

  function open(ctx: Context, id: string): void {
    ctx.redirect(`/console/bookings/${id}`);
    ctx.status = 303;
  }

  router.get<SessionState>('/console/bookings/:id', ...reading, async (ctx) => {
    const page = await readBooking(ctx.params.id as string, ctx.state.session);
    if (!page) throw bookingNotFound();
    labelRequest('saga', page.booking.id);
    const done = takeDoneAction(ctx, ctx.state.session.secure);
    sendPage(ctx, bookingPage(page, done && actionNotice(done, page.saga)));
  });

  router.get<SessionState>('/console/bookings/:id/json', ...reading, async (ctx) => {
    const { id } = ctx.params as { id: string };
    const found = await readBooking(id, ctx.state.session);
    if (!found) throw bookingNotFound();
    labelRequest('saga', id);
    ctx.body = presentBooking(found.booking, found.saga, found.mayAct);
  });

  router.get<SessionState>('/console/bookings.csv', ...reading, async (ctx) => {
    ctx.attachment('bookings.csv');
    ctx.type = 'text/csv; charset=utf-8; header=present';
    ctx.body = bookingsCsv(await readRows(readFilter(ctx.query)));
  });
  addActionRoutes(router, acting, dependencies);
}

/** Adds what the buttons of these pages do. */
function addActionRoutes(router: Router, acting: Middleware[], dependencies: PagesDependencies): void {
  const { readBooking, actions, sendAgain } = dependencies;

  const addAction = (
    name: Exclude<DoneAction['action'], 'retries'>,
    act: (id: string, actor: Actor, form: FormState['form']) => Promise<unknown>,
    part = '',
  ) =>
    router.post<SessionState & FormState>(`/console/bookings/:id/${name}`, ...acting, async (ctx) => {
      const id = ctx.params.id as string;
      const actor = actorOfForm(ctx.state);
      if (!(await readBooking(id, ctx.state.session))) throw bookingNotFound();
      labelRequest('saga', id);
      await waitABit(act(id, actor, ctx.state.form));
      const page = `/console/bookings/${id}`;
      keepDoneAction(ctx, page, { action: name }, ctx.state.session.secure);
      ctx.redirect(page + part);
      ctx.status = 303;
    });
  addAction('cancellation', actions.cancel);
  for (const name of ['retry', 'pause', 'resume'] as const) addAction(name, actions[name]);
  addAction('resend', (id, actor, { delivery = '' }) => sendAgain(id, delivery, actor), '#webhooks');

  router.post<SessionState & FormState>('/console/retries', ...acting, async (ctx) => {
    const retried = await waitABit(actions.retryMany({ status: 'stuck' }, actorOfForm(ctx.state)));
    const count = retried?.items.filter(({ code }) => code === null).length;
    keepDoneAction(ctx, '/console', { action: 'retries', count }, ctx.state.session.secure);
    ctx.redirect(listPath({ status: 'stuck' }));
    ctx.status = 303;
  });
}

/** @throws Problem 403 `forbidden` for a viewer, 400 `invalid_input` where the reason does not fit */
function actorOfForm({ session: { caller }, form }: SessionState & FormState): Actor {
  if (caller.role !== 'operator') throw forbidden();
  const reason = form.reason?.trim();
  if (!reason) return actorOf(caller);
  const { error } = reasonBody.safeParse({ reason });
  if (error) throw invalidInput({ errors: error.issues.map(({ message }) => ({ pointer: '/reason', message })) });
  return actorOf(caller, reason);
}
