import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fates } from './fates.ts';
import { type Call, createRuleBook, type Fault } from './fault-rules.ts';
import { type BackendResponse, forwardCall } from './forward-call.ts';

/** Forwards calls to a backend, and does to each what the rules say. */
export class FaultyCalls {
  readonly rules = createRuleBook();
  /** What becomes of the calls that no rule is about; they pass where it is left out. */
  fates: Fates | undefined;
  readonly #target: string;
  #held: Array<() => Promise<BackendResponse | undefined>> = [];
  #onTheirWay = 0;

  constructor(target: string) {
    this.#target = target;
  }

  /** How many calls are under way, delayed ones among them; those that are held do not count. */
  get onTheirWay(): number {
    return this.#onTheirWay;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#onTheirWay += 1;
    try {
      await this.#forward(request, response);
    } finally {
      this.#onTheirWay -= 1;
    }
  }

  /** Forwards the calls that were held, long after their caller left; returns the backend's statuses. */
  async releaseHeld(): Promise<number[]> {
    const replies = await Promise.all(this.#held.splice(0).map((later) => later()));
    return replies.map((reply) => reply?.status ?? 0);
  }

  dropHeld(): void {
    this.#held = [];
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers, socket } = request;
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    const call: Call = { method, path };
    const send = () => forwardCall(this.#target, call, headers, body);
    const before = this.rules.ruleFor('request', call);
    if (before && !(await this.#suffer(before.fault, socket, send))) return;
    if (!before && this.fates) return this.fates.meet({ send, response, socket });
    const reply = await send();
    const behind = this.rules.ruleFor('response', call);
    if (behind && !(await this.#suffer(behind.fault, socket, async () => reply))) return;
    if (!reply) return void socket.resetAndDestroy();
    response.writeHead(reply.status, reply.headers).end(reply.body);
  }

  /** @returns whether the call goes on */
  async #suffer(fault: Fault, socket: Socket, later: () => Promise<BackendResponse | undefined>): Promise<boolean> {
    if (typeof fault === 'object' && 'delayMs' in fault) {
      await delay(fault.delayMs);
      return true;
    }
    if (typeof fault === 'object') await fault.strike();
    const end = typeof fault === 'object' ? fault.ending : fault;
    if (end === 'hold') this.#held.push(later);
    else socket.resetAndDestroy();
    return false;
  }
}
