import { waitUntil } from '@appointments/chassis/testing';
import { PATIENCE_MS, startStack } from '../appointment-stack.ts';
import { startReceiver } from './receiver.ts';

export const TOKEN = 'an-operator-token-nobody-guesses';

/** A stack and a receiver that is told of its bookings. */
export async function startTold() {
  const receiver = await startReceiver();
  const stack = await startStack({ operatorToken: TOKEN, endpoints: [receiver.endpoint] });
  const asOperator = { authorization: `Bearer ${TOKEN}` };
  const told = {
    receiver,
    stack,
    /** Books, and returns the booking's path once its receiver has been told. */
    async book(): Promise<string> {
      const before = receiver.received.length;
      const path = (await stack.book()).headers.get('location') as string;
      await receiver.gets(before + 1);
      return path;
    },
    deliveries: async (path: string) =>
      (await stack.call('GET', `${path}/deliveries`, undefined, asOperator)).json.items,
    /** Waits until the first delivery of a booking is like that. */
    async becomes(path: string, status: string, tries = 1) {
      const is = async () => {
        const [delivery] = await told.deliveries(path);
        return delivery?.status === status && delivery.tries.filter(isOver).length >= tries;
      };
      await waitUntil(`the delivery is ${status}`, is, PATIENCE_MS);
      return (await told.deliveries(path))[0];
    },
    sendAgain: (path: string, id: string) =>
      stack.call('POST', `${path}/deliveries/${id}/retry`, undefined, asOperator),
    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
  return told;
}

const isOver = ({ endedAt }: { endedAt: string | null }) => endedAt !== null;
