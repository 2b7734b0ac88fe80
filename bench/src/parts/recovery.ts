import { mapServices, SERVICE_NAMES } from '../../../services.ts';
import { createSlots, readDoctors } from '../load/booking-requests.ts';
import { type Stack, startStack } from '../peers/stack.ts';
import { isOk, waitUntil } from '../processes/child.ts';
import { figure, markdownTable } from '../report/markdown.ts';
import { agree, type Books, checkBooks, untilUnfinished } from '../stores/check-books.ts';
import { fillStores } from '../stores/fill-stores.ts';
import { captureConfirmed, captureInterrupted } from '../stores/real-bookings.ts';
import type { Bench, PartOutcome } from './part.ts';

const BOUND_SECONDS = 30;
const PATIENCE_MS = 300_000;
// Without an operator's token the audit leaves out bookings that left nothing in the other stores.
const OPERATOR_TOKEN = 'operator-of-this-bench';

interface Recovery {
  unfinished: number;
  /** Seconds from the orchestrator's start, as are the next two. */
  listening: number;
  halfEnded: number;
  allEnded: number;
  /** The audit that the product comes with: what it found. */
  findings: string[];
  books: Books;
}

/** How long the orchestrator takes to start and to end the many unfinished bookings of a crash. */
export async function runRecovery(bench: Bench): Promise<PartOutcome> {
  const { product, unfinished } = bench.options;
  const folder = `${bench.folder}/recovery`;
  await fillWithUnfinished(bench, folder);
  const recovery = await measure(product, folder, unfinished);
  const { listening, halfEnded, allEnded, findings, books } = recovery;
  const sound = findings.length === 0 && agree(books) && books.bookings === unfinished;
  const row = [String(unfinished), ...[listening, halfEnded, allEnded].map(figure), String(books.confirmed)];
  return {
    data: recovery,
    markdown: markdownTable(
      [
        'unfinished bookings',
        'listening after s',
        'half ended after s',
        'all ended after s',
        'of them confirmed',
        'audit',
      ],
      [[...row, sound ? 'passed' : 'FAILED']],
    ),
    verdicts: [
      {
        claim: `${unfinished} unfinished bookings are ended within ${BOUND_SECONDS} s of the start`,
        reached: sound && allEnded <= BOUND_SECONDS,
        figures: `${figure(allEnded)} s${sound ? '' : `, but ${findings.join('; ') || 'the books do not agree'}`}`,
        atAnySpeed: true,
      },
    ],
  };
}

// A quarter each: interrupted while reserving and while paying, with and without the side effect.
async function fillWithUnfinished({ options, folder: parent, say }: Bench, folder: string): Promise<void> {
  const { product, unfinished } = options;
  const templates = [];
  for (const step of ['reserve', 'pay'] as const) {
    for (const happened of [false, true]) {
      templates.push(await captureInterrupted(product, `${parent}/recovery-${step}-${happened}`, step, happened));
    }
  }
  await captureConfirmed(product, folder);
  const slotAt = createSlots(readDoctors(`${product}/reservation/doctors.json`));
  fillStores(folder, { templates, count: unfinished, slotAt });
  say(`${unfinished} unfinished bookings put into the stores`);
}

async function measure(product: string, folder: string, unfinished: number): Promise<Recovery> {
  const stack = await startStack({ product, folder, env: { OPERATOR_TOKEN }, late: true });
  try {
    const beganAt = performance.now();
    const seconds = () => (performance.now() - beganAt) / 1_000;
    stack.startAppointment();
    const lives = () => isOk(`${stack.urlOf('appointment')}/livez`);
    const listens = waitUntil(stack.child('appointment'), lives, PATIENCE_MS).then(seconds);
    const half = untilUnfinished(folder, unfinished / 2, PATIENCE_MS).then(seconds);
    const all = untilUnfinished(folder, 0, PATIENCE_MS).then(seconds);
    const [listening, halfEnded, allEnded] = await Promise.all([listens, half, all]);
    const findings = await audit(product, stack);
    await stack.stop();
    return { unfinished, listening, halfEnded, allEnded, findings, books: checkBooks(folder) };
  } finally {
    await stack.stop();
  }
}

interface Finding {
  invariant: string;
  violations: string[];
}

async function audit(product: string, { urlOf }: Stack): Promise<string[]> {
  const { auditStack } = await import(`${product}/scripts/audit-stack.ts`);
  const { findings }: { findings: Finding[] } = await auditStack({
    ...mapServices(SERVICE_NAMES, urlOf),
    operatorToken: OPERATOR_TOKEN,
  });
  const broken = findings.filter(({ violations }) => violations.length > 0);
  return broken.map(({ invariant, violations }) => `${violations.length} times not: ${invariant}`);
}
