import { BACKEND_NAMES, mapServices, serviceNamed, settingOf } from '../services.ts';
import { auditStack } from './audit-stack.ts';
import { AUDITED } from './audited-stores.ts';
import { openEntrance } from './entrance.ts';
import { readToken } from './read-token.ts';

const SHOWN_VIOLATIONS = 5;
// The reliability promise: what was interrupted has ended 10 s after all services are healthy again.
const PATIENCE_MS = 10_000;

function readStack() {
  const { url: appointment, send } = openEntrance();
  return {
    ...mapServices(
      BACKEND_NAMES,
      (name) => `http://127.0.0.1:${process.env[settingOf(name, 'PORT')] || serviceNamed(name).port}`,
    ),
    appointment,
    send,
    // Of a list, the first is the one that is sent.
    tokens: mapServices(
      BACKEND_NAMES,
      (name) => (readToken(settingOf(name, 'TOKEN')) ?? readToken('SERVICE_TOKEN'))?.split(',')[0],
    ),
    operatorToken: readToken('OPERATOR_TOKEN'),
  };
}

try {
  const stack = readStack();
  const giveUpAt = performance.now() + PATIENCE_MS;
  let audit = await auditStack(stack, { mayWait: true });
  while (!audit.passed && performance.now() < giveUpAt) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    audit = await auditStack(stack, { mayWait: true });
  }
  for (const { invariant, violations } of audit.findings) {
    console.log(`${violations.length === 0 ? 'ok  ' : 'FAIL'}  ${invariant}`);
    for (const violation of violations.slice(0, SHOWN_VIOLATIONS)) console.log(`        ${violation}`);
    if (violations.length > SHOWN_VIOLATIONS) console.log(`        and ${violations.length - SHOWN_VIOLATIONS} more`);
  }
  const rows = BACKEND_NAMES.map((name) => `${audit.rows[name]} ${AUDITED[name].row}s, `);
  console.log(`\n${rows.join('')}${audit.bookings} bookings checked`);
  if (audit.waiting > 0) console.log(`Of these ${audit.waiting} wait for a person and were not compared.`);
  if (!stack.operatorToken)
    console.log('Bookings that left nothing in the other stores were not checked: set OPERATOR_TOKEN.');
  process.exitCode = audit.passed ? 0 : 1;
} catch (error) {
  console.error(`The audit failed: ${(error as Error).message}`);
  process.exitCode = 2;
}
