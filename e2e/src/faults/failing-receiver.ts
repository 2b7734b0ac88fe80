import { temporaryFolder } from '@appointments/chassis/testing';
import { answer, startReceiver } from '../../../appointment/test/webhooks/receiver.ts';

/** Of one event of one booking. */
export interface Told {
  /** As many as there were; there has to be one. */
  webhookIds: Set<string>;
  bodies: Set<string>;
  /** How many tries were answered with 204. */
  taken: number;
}

export interface FailingReceiverOptions {
  /** How many tries of each webhook fail with 500. */
  failures: number;
  /** Called at each try, before or after it is answered. */
  onTry?: (moment: 'received' | 'answered') => void;
}

/** A receiver of webhooks that fails at first; each event that it gets is kept. */
export async function startFailingReceiver({ failures, onTry = () => {} }: FailingReceiverOptions) {
  const folder = temporaryFolder();
  const receiver = await startReceiver();
  const triesOf = new Map<string, number>();
  const takenIds: string[] = [];
  receiver.respond((response, request) => {
    const webhookId = String(request.headers['webhook-id']);
    const tries = (triesOf.get(webhookId) ?? 0) + 1;
    triesOf.set(webhookId, tries);
    onTry('received');
    if (tries > failures) takenIds.push(webhookId);
    answer(tries > failures ? 204 : 500)(response, request);
    onTry('answered');
  });

  return {
    /** What the orchestrator is started with. */
    env: receiver.settings(folder.path),
    /** How many tries there were. */
    tries: () => receiver.received.length,
    areVerified: () => receiver.received.every(({ verified }) => verified),
    /** What was told, by booking and event, as in `<id> booking.confirmed`. */
    told(): Map<string, Told> {
      const nameOf = ({ event }: (typeof receiver.received)[number]) => `${event.data.id} ${event.type}`;
      return new Map(
        [...Map.groupBy(receiver.received, nameOf)].map(([name, tries]) => {
          const webhookIds = new Set(tries.map(({ webhookId }) => webhookId));
          const bodies = new Set(tries.map(({ body }) => body));
          return [name, { webhookIds, bodies, taken: takenIds.filter((id) => webhookIds.has(id)).length }];
        }),
      );
    },
    async [Symbol.asyncDispose]() {
      await receiver[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

export type FailingReceiver = Awaited<ReturnType<typeof startFailingReceiver>>;
