import { parseAmount } from '@appointments/chassis';
import type { Payment } from '../payment/audit.ts';
import type { Appointment } from '../reservation/audit.ts';
import type { BackendName } from '../services.ts';
import { AUDITED, type AuditedRow, type AuditedStore } from './audited-stores.ts';
import type { Booking, Stores } from './read-stores.ts';

/** One invariant of the stores together, and every place where it does not hold. */
export interface Finding {
  invariant: string;
  violations: string[];
}

/** The store of a backend. */
interface Backend {
  name: BackendName;
  audit: AuditedStore;
  rows: AuditedRow[];
  live: AuditedRow[];
  liveByReference: ReadonlyMap<string, AuditedRow>;
}

const referenceOf = ({ reference }: AuditedRow): string => reference;
const byReference = (rows: AuditedRow[]) => new Map(rows.map((row) => [row.reference, row]));

/** In minor units; exact, where a sum of numbers would soon not be. */
const sum = (amounts: Array<string | null | undefined>): bigint =>
  amounts.reduce((total, text) => total + BigInt(parseAmount(text ?? '') ?? 0), 0n);

const UNFINISHED = new Set(['pending', 'requires_action', 'compensating', 'stuck', 'paused']);

type Audited = Readonly<Record<BackendName, AuditedStore>>;

/**
 * The invariants themselves, over what the stores hold.
 *
 * @param audited how each backend is audited
 * @param compared the stores without what cannot agree yet
 */
export const inspectStores = (stores: Stores, audited: Audited = AUDITED, compared = stores): Finding[] => [
  ...inspectEach(stores, audited),
  ...compare(compared, audited),
];

function backendsOf(stores: Stores, audited: Audited): Backend[] {
  const expired = expiredIn(stores);
  return (Object.keys(audited) as BackendName[]).map((name) => {
    // What is about to be removed goes from one store after the other, and its appointment says so.
    const isLive = (row: AuditedRow) =>
      audited[name].isLive(row) && (name === 'reservation' || !expired.has(row.reference));
    const live = stores[name].filter(isLive);
    return { name, audit: audited[name], rows: stores[name], live, liveByReference: byReference(live) };
  });
}

const expiredIn = ({ reservation }: Stores): ReadonlySet<string> =>
  new Set(reservation.filter(({ status }) => status === 'expired').map(referenceOf));

const liveIn = <Row extends AuditedRow>(backends: Backend[], name: BackendName): Row[] =>
  (backends.find((backend) => backend.name === name)?.live ?? []) as Row[];

/** What holds in each store, whatever the others have. */
function inspectEach(stores: Stores, audited: Audited): Finding[] {
  const backends = backendsOf(stores, audited);
  const live = liveIn<Appointment>(backends, 'reservation');
  return [
    {
      invariant: 'one live appointment per doctor, day and time',
      violations: repeated(live.map(({ doctor_name, date, time }) => `${doctor_name}, ${date}, ${time}`)),
    },
    {
      invariant: `${backends.map(({ audit }) => `one ${audit.row}`).join(' and ')} per booking`,
      violations: backends.flatMap(({ rows }) => repeated(rows.map(referenceOf))),
    },
  ];
}

/** What holds between the stores. */
function compare(stores: Stores, audited: Audited): Finding[] {
  const { bookings } = stores;
  const backends = backendsOf(stores, audited);
  const live = liveIn<Appointment>(backends, 'reservation');
  const settled = liveIn<Payment>(backends, 'payment');
  const expired = expiredIn(stores);
  const ended = bookings.filter(({ status }) => !UNFINISHED.has(status));
  const confirmed = ended.filter(({ status, id }) => status === 'confirmed' && !expired.has(id));
  const undone = ended.filter(({ status }) => status !== 'confirmed');
  return [
    ...backends
      .filter(({ name }) => name !== 'reservation')
      .map((backend) => ({
        invariant: `every ${backend.audit.live} has its live appointment`,
        violations: withoutCounterpart(backend.live, live),
      })),
    {
      invariant: 'every live appointment has its settled payment',
      violations: withoutCounterpart(live, settled),
    },
    { invariant: 'money kept equals fees of live appointments', violations: difference(settled, live) },
    {
      invariant: `every confirmed booking is in ${backends.length > 2 ? 'all' : 'both'} stores`,
      violations: confirmed.filter((row) => !backends.every((backend) => isBacked(row, backend))).map(({ id }) => id),
    },
    {
      invariant: 'every other ended booking left nothing behind',
      violations: undone
        .filter(({ id }) => backends.some(({ liveByReference }) => liveByReference.has(id)))
        .map(({ id }) => id),
    },
    {
      invariant: 'every booking has ended',
      violations: bookings.filter(({ status }) => UNFINISHED.has(status)).map(({ id, status }) => `${id} (${status})`),
    },
  ];
}

/** Whether a backend has the effect that it must have of a booking that is confirmed. */
function isBacked({ id, reply, steps }: Booking, { audit, liveByReference }: Backend): boolean {
  const { step, idInReply } = audit;
  const row = liveByReference.get(id);
  if (idInReply === undefined)
    return row !== undefined || !steps.some(({ name, status }) => name === step && status === 'done');
  return row?.[idInReply] !== undefined && row[idInReply] === reply?.[idInReply];
}

/** The references of rows that the other rows have nothing of. */
function withoutCounterpart(rows: AuditedRow[], others: AuditedRow[]): string[] {
  const references = new Set(others.map(referenceOf));
  return rows.map(referenceOf).filter((reference) => !references.has(reference));
}

function difference(settled: Payment[], live: Appointment[]): string[] {
  const kept = sum(settled.map(({ amount }) => amount));
  const fees = sum(live.map(({ fee }) => fee));
  return kept === fees ? [] : [`kept ${kept}, fees ${fees} (minor units)`];
}

function repeated(values: string[]): string[] {
  const seen = new Set<string>();
  return values.filter((value) => seen.size === seen.add(value).size);
}
