import { type FormState, formBody, invalidInput, labelRequest } from '@appointments/chassis';
import type Router from '@koa/router';
import type { Mover } from 'durable-saga';
import { Aborted, limitTime } from 'durable-store/time-limit';
import type { Context, Middleware } from 'koa';
import { presentBooking } from '../present-booking.ts';
import { bookingNotFound, forbidden } from '../problems.ts';
import { reasonBody } from '../schema.ts';
import type { RowPage } from './booking-rows.ts';
import { bookingsCsv } from './bookings-csv.ts';
import { findBookingId, listPath, pageStart, readFilter } from './console-query.ts';
import { sendPage } from './page-frame.ts';
import { type BookingPageData, bookingPage } from './pages/booking-page.ts';
import { type BookingsPageData, bookingsPage } from './pages/bookings-page.ts';
import { sameOrigin } from './same-origin.ts';
import type { Session, Sessions } from './session.ts';
import { csrfProtected, type SessionState, signedIn } from './signed-in.ts';

/** What the buttons do. Each rejects with a Problem where a booking is in no state for it. */
export interface ConsoleMoves extends Record<'cancel' | 'retry' | 'pause' | 'resume', Move> {
  retryMany(wanted: { status: 'stuck' }, mover: Mover): Promise<unknown>;
}

type Move = (id: string, mover: Mover) => Promise<unknown>;

export interface PagesDependencies {
  sessions: Sessions;
  readList: (
    filter: BookingsPageData['filter'],
    before: string | undefined,
  ) => Promise<Omit<BookingsPageData, 'csrf' | 'host' | 'mayAct'>>;
  /** Reads what a filter lets through page by page. */
  readRows: (filter: BookingsPageData['filter']) => Promise<(before: string | undefined) => Promise<RowPage>>;
  readBooking: (id: string, session: Session) => Promise<BookingPageData | undefined>;
  moves: ConsoleMoves;
  /** Rejects with a Problem where the booking has no such delivery. */
  sendAgain: (id: string, deliveryId: string) => Promise<unknown>;
}

// Undoing may take as long as the peers take; the page that comes next shows how it goes on.
const ACTION_PATIENCE_MS = 1_500;

async function waitABit(work: Promise<unknown>): Promise<void> {
  using patience = limitTime(ACTION_PATIENCE_MS);
  await patience.before(work).catch((error: unknown) => {
    if (!(error instanceof Aborted)) throw error;
  });
}

// It goes into a command that people paste into a shell.
const plainHost = (host: string): string => (/^[\w.:[\]-]+$/.test(host) ? host : 'localhost:9090');

/** Adds the list of bookings, the page of each, and what can be done with it. */
export function addPagesRoutes(router: Router, guards: Middleware[], dependencies: PagesDependencies): void {
  const { sessions, readList, readRows, readBooking, moves, sendAgain } = dependencies;
  const reading = [...guards, signedIn(sessions)] as Middleware[];
  const acting = [...guards, sameOrigin(), signedIn(sessions), formBody(), csrfProtected(sessions)] as Middleware[];

  router.get<SessionState>('/console', ...reading, async (ctx) => {
    const pasted = findBookingId(String(ctx.query.q ?? ''));
    if (pasted && (await readBooking(pasted, ctx.state.session))) return open(ctx, pasted);
    const page = await readList(readFilter(ctx.query), pageStart(ctx.query));
    const { session } = ctx.state;
    const mayAct = session.caller.role === 'operator';
    sendPage(ctx, bookingsPage({ ...page, mayAct, csrf: sessions.csrfToken(session), host: plainHost(ctx.host) }));
  });

  function open(ctx: Context, id: string): void {
    ctx.redirect(`/console/bookings/${id}`);
    ctx.status = 303;
  }

  router.get<SessionState>('/console/bookings/:id', ...reading, async (ctx) => {
    const page = await readBooking(ctx.params.id as string, ctx.state.session);
    if (!page) throw bookingNotFound();
    labelRequest('saga', page.booking.id);
    sendPage(ctx, bookingPage(page));
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

  const addAction = (
    name: string,
    act: (id: string, mover: Mover, form: FormState['form']) => Promise<unknown>,
    part = '',
  ) =>
    router.post<SessionState & FormState>(`/console/bookings/:id/${name}`, ...acting, async (ctx) => {
      const id = ctx.params.id as string;
      const mover = moverOf(ctx.state);
      if (!(await readBooking(id, ctx.state.session))) throw bookingNotFound();
      labelRequest('saga', id);
      await waitABit(act(id, mover, ctx.state.form));
      ctx.redirect(`/console/bookings/${id}${part}`);
      ctx.status = 303;
    });
  addAction('cancellation', moves.cancel);
  for (const name of ['retry', 'pause', 'resume'] as const) addAction(name, moves[name]);
  addAction('resend', (id, _mover, { delivery = '' }) => sendAgain(id, delivery), '#webhooks');

  router.post<SessionState & FormState>('/console/retries', ...acting, async (ctx) => {
    await waitABit(moves.retryMany({ status: 'stuck' }, moverOf(ctx.state)));
    ctx.redirect(listPath({ status: 'stuck' }));
    ctx.status = 303;
  });
}

/** @throws Problem 403 `forbidden` for a viewer, 400 `invalid_input` where the reason does not fit */
function moverOf({ session: { caller }, form }: SessionState & FormState): Mover {
  if (caller.role !== 'operator') throw forbidden();
  const reason = form.reason?.trim();
  if (!reason) return { by: caller.id };
  const { error } = reasonBody.safeParse({ reason });
  if (error) throw invalidInput({ errors: error.issues.map(({ message }) => ({ pointer: '/reason', message })) });
  return { by: caller.id, reason };
}
