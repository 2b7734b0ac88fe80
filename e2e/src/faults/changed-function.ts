import type { Change } from '../other-version.ts';

const FILE = 'book-appointment.ts';
const DEFINITION = '  return defineSaga(BOOKING_SAGA, {';
const STEPS = 'steps: [reserve, pay';
const RESERVE = '      const appointment = await saga.step(reserve, request);\n';
const PAY = '      const payment = await saga.step(pay, feeOf(request, appointment));\n';
// The fee of the doctor whom these tests book, which need not be asked for first.
const PAY_FIRST = "      const payment = await saga.step(pay, { name: request.name, amount: '1000.00' });\n";

/** A step without a service of its own, and the function that calls it. */
function withStep(name: string, { undo, calls }: { undo: boolean; calls: (step: string) => string }): Change[] {
  const nothing = 'async (): Promise<null> => null';
  const step = `defineStep('${name}', { run: ${nothing}${undo ? `, undo: ${nothing}` : ''} })`;
  return [
    { file: FILE, text: DEFINITION, by: `  const ${name} = ${step};\n\n${DEFINITION}` },
    { file: FILE, text: STEPS, by: `${STEPS}, ${name}` },
    { file: FILE, text: RESERVE + PAY, by: calls(`      await saga.step(${name}, null);\n`) },
  ];
}

/** The function of an earlier version, which calls a step that has no undo. */
export const WITH_A_NOTE = withStep('note', { undo: false, calls: (note) => RESERVE + note + PAY });

/** What a later version makes of the function. */
export const LATER_FUNCTIONS = {
  'has another step at its end': withStep('remind', { undo: true, calls: (remind) => RESERVE + PAY + remind }),
  'has another step before `pay`': withStep('insure', { undo: true, calls: (insure) => RESERVE + insure + PAY }),
  'has another step at its beginning': withStep('greet', { undo: true, calls: (greet) => greet + RESERVE + PAY }),
  'pays before it reserves': [{ file: FILE, text: RESERVE + PAY, by: PAY_FIRST + RESERVE }],
  'no longer calls a step that has no undo': [],
} satisfies Record<string, Change[]>;

const PAY_NAME = "defineStep('pay', {";

/** The step `pay` under another name, without a word of the one that it had. */
export const RENAMED: Change[] = [{ file: FILE, text: PAY_NAME, by: "defineStep('settle', {" }];

/** The step `pay` under another name, which says what it was called. */
export const RENAMED_FORMERLY: Change[] = [
  { file: FILE, text: PAY_NAME, by: "defineStep('settle', {\n    formerly: ['pay']," },
];
