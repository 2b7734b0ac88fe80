import type { Change } from '../other-version.ts';

const FUNCTION = 'book-appointment.ts';

const DEFINITION = "  return defineSaga('book-appointment', {\n";
const END = '      return { ...payment, ...appointment };\n    },\n  });\n';

/** A later function beside the earlier one: a step more, another name for `pay`, and the next version's number. */
const LATER = `
  const insure = defineStep('insure', { run: async (): Promise<null> => null, undo: async (): Promise<null> => null });
  const settle = { ...pay, name: 'settle' };

  const later = defineSaga('book-appointment', {
    ...options,
    version: 2,
    steps: [reserve, insure, settle],
    async run(saga, request: BookingRequest) {
      const appointment = await saga.step(reserve, request);
      await saga.step(insure, null);
      const payment = await saga.step(settle, { name: request.name, amount: appointment.fee });
      return { ...payment, ...appointment };
    },
  });
  return { earlier, later };
`;

/** A step that only bookings of the later version have. */
export const LATER_STEP = 'insure';

/** What the next release makes of the orchestrator: it begins bookings with version 2, and still runs those of version 1. */
export const NEXT_RELEASE: Change[] = [
  { file: FUNCTION, text: DEFINITION, by: "  const earlier = defineSaga('book-appointment', {\n" },
  { file: FUNCTION, text: END, by: END + LATER },
  {
    file: 'app.ts',
    text: '  const bookAppointment = createBookAppointment({',
    by: '  const { earlier, later: bookAppointment } = createBookAppointment({',
  },
  { file: 'app.ts', text: '    definitions: [bookAppointment],', by: '    definitions: [bookAppointment, earlier],' },
];
