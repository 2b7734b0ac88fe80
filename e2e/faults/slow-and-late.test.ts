import { afterAll, describe, expect, test } from 'vitest';
import type { Fault } from '../src/faults/fault-rules.ts';
import { report } from '../src/faults/report.ts';
import { createSlowNetworks, DEADLINE_MS, STEP_MS } from '../src/faults/slow-network.ts';

const ALWAYS = Number.POSITIVE_INFINITY;
// For a process that has to be scheduled among others; the orchestrator itself keeps back a tenth of the deadline.
const SLACK_MS = 500;

// A tombstone's response to what comes after the undo.
const BARRED = new Set([409]);

const late = (factor: number): Fault => ({ delayMs: factor * STEP_MS });

interface Trouble {
  what: string;
  on: 'request' | 'response';
  fault: Fault;
  times?: number;
  replies: number[];
}

const TROUBLES: Trouble[] = [
  { what: 'arrives 0.5 timeouts late', on: 'request', fault: late(0.5), times: ALWAYS, replies: [200] },
  { what: 'arrives one timeout late', on: 'request', fault: late(1), times: ALWAYS, replies: [200, 503] },
  { what: 'arrives 2 timeouts late', on: 'request', fault: late(2), times: ALWAYS, replies: [200, 503] },
  { what: 'arrives 10 timeouts late', on: 'request', fault: late(10), times: ALWAYS, replies: [503] },
  { what: 'gets its response 0.5 timeouts late', on: 'response', fault: late(0.5), times: ALWAYS, replies: [200] },
  { what: 'gets its response one timeout late', on: 'response', fault: late(1), times: ALWAYS, replies: [200, 503] },
  { what: 'gets its response 2 timeouts late', on: 'response', fault: late(2), times: ALWAYS, replies: [503] },
  { what: 'gets its response 10 timeouts late', on: 'response', fault: late(10), times: ALWAYS, replies: [503] },
  { what: 'is cut once before it arrives', on: 'request', fault: 'reset', replies: [200] },
  { what: 'is cut once after it took effect', on: 'response', fault: 'reset', replies: [200] },
  { what: 'is cut every time after it took effect', on: 'response', fault: 'reset', times: ALWAYS, replies: [503] },
  { what: 'vanishes once', on: 'request', fault: 'hold', replies: [200] },
  { what: 'vanishes until after the undo', on: 'request', fault: 'hold', times: ALWAYS, replies: [503] },
  { what: 'loses its response once', on: 'response', fault: 'hold', replies: [200] },
  { what: 'loses its response every time', on: 'response', fault: 'hold', times: ALWAYS, replies: [503] },
];

const networks = createSlowNetworks();
afterAll(() => networks[Symbol.asyncDispose]());

describe.concurrent.each(['create', 'pay'] as const)('When the %s call', (call) => {
  for (const { what, replies, ...rule } of TROUBLES) {
    test(`${what}, Then the client gets a reply in time and nothing is left half done`, async () => {
      const network = await networks.take(call);
      network.arm({ ...rule, call });
      const reply = await network.book();
      expect(replies).toContain(reply.status);
      expect(reply.ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
      const lateStatuses = await network.healAndLetLateCallsArrive();
      if (reply.status === 503 && rule.on === 'request') expect(new Set(lateStatuses).isSubsetOf(BARRED)).toBe(true);
      await network.expectWorksAgain();
      report(`${call} ${what}: ${reply.status} after ${Math.round(reply.ms)} ms, late ${JSON.stringify(lateStatuses)}`);
    });
  }

  test('is refused for a moment, Then it is retried and the booking succeeds', async () => {
    const network = await networks.take(call);
    const restored = network.refuseFor(STEP_MS / 4);
    expect((await network.book()).status).toBe(200);
    await restored;
    await network.expectWorksAgain();
  });

  test('is refused for longer than the deadline, Then the client gets the failure in time', async () => {
    const network = await networks.take(call);
    const restored = network.refuseFor(DEADLINE_MS);
    const reply = await network.book();
    expect(reply.status).toBe(503);
    expect(reply.ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
    await restored;
    await network.expectWorksAgain();
  });
});
