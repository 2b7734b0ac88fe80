import { describe, expect, test } from 'vitest';
import { type Answer, defineApproval } from '../../examples/approval.ts';
import { createTestSagas } from '../../testing/index.ts';

async function createRequest() {
  const sent: string[] = [];
  const approval = defineApproval({ send: async (_id, key, to) => void sent.push(`${key} to ${to}`) });
  const sagas = await createTestSagas({ definitions: [approval] });
  await sagas.run(approval, { what: 'a desk', approver: 'Bob', superior: 'Cleo' }, { id: 'approval-1' });
  const answer = async (given: Answer) => {
    await sagas.sagas.signal('approval-1', 'answer', given, { dedupeKey: given.by });
    return sagas.untilRested('approval-1');
  };
  return { sagas, sent, answer, [Symbol.asyncDispose]: sagas.close };
}

describe('the approval', () => {
  test('When the approver answers at once, Then nobody is reminded', async () => {
    await using request = await createRequest();

    const record = await request.answer({ approved: true, by: 'Bob' });

    expect(record).toMatchObject({ status: 'completed', result: { approvedBy: 'Bob' } });
    expect(request.sent).toEqual(['first to Bob']);
  });

  test('When the approver needs a reminder, Then the answer counts all the same, also across a crash', async () => {
    await using request = await createRequest();
    await request.sagas.advance('1.5d');
    await request.sagas.crash();

    const record = await request.answer({ approved: true, by: 'Bob' });

    expect(record).toMatchObject({ status: 'completed', result: { approvedBy: 'Bob' } });
    expect(request.sent).toEqual(['first to Bob', 'reminder to Bob']);
  });

  test('When the approver does not answer, Then the superior decides', async () => {
    await using request = await createRequest();
    await request.sagas.advance('2.5d');

    const record = await request.answer({ approved: false, by: 'Cleo' });

    expect(record).toMatchObject({ status: 'failed', failure: { code: 'denied', data: { by: 'Cleo' } } });
    expect(request.sent.at(-1)).toBe('escalation to Cleo');
  });

  test('When nobody answers, Then it fails after three days', async () => {
    await using request = await createRequest();
    await request.sagas.advance('3.1d');

    expect(await request.sagas.log('approval-1')).toMatchObject({ status: 'failed', failure: { code: 'no_answer' } });
    await expect(request.answer({ approved: true, by: 'Bob' })).rejects.toMatchObject({ code: 'saga_ended' });
  });
});
