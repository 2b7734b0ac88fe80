import type { Change } from '../other-version.ts';

const FUNCTION = 'book-appointment.ts';

const DEFINITION = '  return defineSaga(BOOKING_SAGA, {\n';
const END = '      return { ...settled, ...appointment };\n    },\n  });\n';

/** A later function beside the earlier one: a step more, another name for `pay`, and the next version's number. */
const LATER = `
  const insure = defineStep('insure', { run: async (): Promise<null> => null, undo: async (): Promise<null> => null });
  const settle = { ...pay, name: 'settle' };

  const later = defineSaga(BOOKING_SAGA, {
    ...options,
    version: 2,
    steps: [reserve, insure, settle, ...waitingSteps],
    async run(saga, request: BookingRequest) {
      const appointment = await saga.step(reserve, request);
      await saga.step(insure, null);
      const payment = await saga.step(settle, feeOf(request, appointment));
      const settled = payment.payment_status === 'settled' ? payment : await untilDecided(saga);
      return { ...settled, ...appointment };
    },
  });
  return { earlier, later };
`;

/** A step that only bookings of the later version have. */
export const LATER_STEP = 'insure';

const NEW_COLUMN =
  "db.schema.alterTable('bookings').addColumn('note', 'text', (column) => column.notNull().defaultTo(''))";

/** The name of the migration that only the next release has. */
export const LATER_MIGRATION = '999-next';

/** One more migration, which adds to a table that both releases write. */
export const LATER_STORE: Change = {
  file: 'booking-store.ts',
  text: 'const migrations = {\n',
  by: `const migrations = {\n  '${LATER_MIGRATION}': { up: async (db: Tables) => ${NEW_COLUMN}.execute() },\n`,
};

/**
 * What the next release makes of the orchestrator: it begins bookings with version 2, still runs those of version 1, and has
 * added to the store.
 */
export const NEXT_RELEASE: Change[] = [
  LATER_STORE,
  { file: FUNCTION, text: DEFINITION, by: '  const earlier = defineSaga(BOOKING_SAGA, {\n' },
  { file: FUNCTION, text: END, by: END + LATER },
  {
    file: 'open-bookings.ts',
    text: '  const bookAppointment = createBookAppointment({',
    by: '  const { earlier, later: bookAppointment } = createBookAppointment({',
  },
  {
    file: 'open-bookings.ts',
    text: '    definitions: [bookAppointment,',
    by: '    definitions: [bookAppointment, earlier,',
  },
];
