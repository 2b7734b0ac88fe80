import type { TryResult } from './send-webhook.ts';

const TIMEOUTS_TO_HOLD = 5;

/**
 * Keeps a receiver that hangs from holding up all others: after some timeouts in a row one try at a time finds out
 * whether it still does, and the others fail at once.
 */
export function createHangingReceivers() {
  const receivers = new Map<string, { timeouts: number; isProbed: boolean }>();

  return async function attempt(url: string, send: () => Promise<TryResult>): Promise<TryResult> {
    const receiver = receivers.get(url) ?? { timeouts: 0, isProbed: false };
    receivers.set(url, receiver);
    const hangs = receiver.timeouts >= TIMEOUTS_TO_HOLD;
    if (hangs && receiver.isProbed) return { status: null, code: 'receiver_hangs' };
    if (hangs) receiver.isProbed = true;
    try {
      const result = await send();
      receiver.timeouts = result.code === 'timeout' ? receiver.timeouts + 1 : 0;
      return result;
    } finally {
      if (hangs) receiver.isProbed = false;
    }
  };
}
