import { type FormState, formBody, labelRequest } from '@appointments/chassis';
import type Router from '@koa/router';
import { Aborted, limitTime } from 'durable-store/time-limit';
import type { Context, Middleware } from 'koa';
import { bookingNotFound } from '../problems.ts';
import { findBookingId, pageStart, readFilter } from './console-query.ts';
import { sendPage } from './page-frame.ts';
import { type BookingPageData, bookingPage } from './pages/booking-page.ts';
import { type BookingsPageData, bookingsPage } from './pages/bookings-page.ts';
import { sameOrigin } from './same-origin.ts';
import type { Session, Sessions } from './session.ts';
import { csrfProtected, type SessionState, signedIn } from './signed-in.ts';

export interface PagesDependencies {
  sessions: Sessions;
  readList: (
    filter: BookingsPageData['filter'],
    before: string | undefined,
  ) => Promise<Omit<BookingsPageData, 'csrf' | 'host'>>;
  readBooking: (id: string, session: Session) => Promise<BookingPageData | undefined>;
  /** Each rejects with a Problem where the booking is not in a state for it. */
  cancel: (id: string) => Promise<unknown>;
  retry: (id: string) => Promise<unknown>;
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
  const { sessions, readList, readBooking, cancel, retry, sendAgain } = dependencies;
  const reading = [...guards, signedIn(sessions)] as Middleware[];
  const acting = [...guards, sameOrigin(), signedIn(sessions), formBody(), csrfProtected(sessions)] as Middleware[];

  router.get<SessionState>('/console', ...reading, async (ctx) => {
    const pasted = findBookingId(String(ctx.query.q ?? ''));
    if (pasted && (await readBooking(pasted, ctx.state.session))) return open(ctx, pasted);
    const page = await readList(readFilter(ctx.query), pageStart(ctx.query));
    sendPage(ctx, bookingsPage({ ...page, csrf: sessions.csrfToken(ctx.state.session), host: plainHost(ctx.host) }));
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

  const addAction = (name: string, act: (id: string, form: FormState['form']) => Promise<unknown>, part = '') =>
    router.post<SessionState & FormState>(`/console/bookings/:id/${name}`, ...acting, async (ctx) => {
      const id = ctx.params.id as string;
      if (!(await readBooking(id, ctx.state.session))) throw bookingNotFound();
      labelRequest('saga', id);
      await waitABit(act(id, ctx.state.form));
      ctx.redirect(`/console/bookings/${id}${part}`);
      ctx.status = 303;
    });
  addAction('cancellation', cancel);
  addAction('retry', retry);
  addAction('resend', (id, { delivery = '' }) => sendAgain(id, delivery), '#webhooks');
}
