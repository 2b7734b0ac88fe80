import { waitUntil } from '@appointments/chassis/testing';
import type { Visitor } from './operator.ts';

/** Listens to a stream of events, and keeps what it hears. */
export async function listen(visitor: Visitor, path: string) {
  const stop = new AbortController();
  const response = await visitor.listen(path, stop.signal);
  const heard = { text: '', ended: false };
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) heard.text += decoder.decode(chunk as Uint8Array, { stream: true });
  })()
    .catch(() => {})
    .finally(() => {
      heard.ended = true;
    });
  return {
    status: response.status,
    heard,
    hears: (text: string) => waitUntil(`it hears ${text}`, () => heard.text.includes(text)),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await reading;
    },
  };
}
