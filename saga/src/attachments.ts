import type { SagaEvent } from './ports.ts';
import type { SagaRecord } from './record.ts';

/** What goes with the next write of a run, beside its record. */
export class Attachments {
  #events: SagaEvent[] = [];
  #consumed: number[] = [];
  #children: SagaRecord[] = [];
  /** Nothing more may be staged: it would rest on what is lost, or belongs to the next run. */
  isSealed = false;

  /** An event that is told once the write is on disk. */
  tell(event: SagaEvent): void {
    if (!this.isSealed) this.#events.push(event);
  }

  /** An event that the saga has taken. */
  consume(sequence: number): void {
    if (!this.isSealed) this.#consumed.push(sequence);
  }

  /** Another saga that is started. */
  startChild(child: SagaRecord): void {
    if (!this.isSealed) this.#children.push(child);
  }

  /** Hands over what has been staged so far. */
  take() {
    return { events: this.#events.splice(0), consumed: this.#consumed.splice(0), children: this.#children.splice(0) };
  }
}
