import type { Store } from 'durable-store';
import { type AnySaga, isEnded, type SagaRecord } from '../../src/index.ts';
import { findSaga } from '../../src/log.ts';
import type { BenchTables } from '../bench.ts';
import { Backends } from './backends.ts';
import { Disruptions } from './disruptions.ts';
import { type DoomedProcess, StoreDown } from './doomed-process.ts';
import { LatestFence } from './latest-fence.ts';
import { Person } from './person.ts';
import { Processes } from './processes.ts';
import { defineEdited, defineRandom } from './random-definition.ts';
import type { Plan } from './random-plan.ts';
import type { World } from './random-world.ts';
import type { VirtualTime } from './virtual-time.ts';

const ID = 'saga-1';
// Longer than any wait, and than anything takes that a person looks after.
const LONGEST_WITHOUT_PROGRESS_MS = 180_000;
// A call that is still under way when the saga has ended has come to its end by then.
const AFTERMATH_MS = 2_500;

/** All that there is to judge once a saga has ended. */
export interface Played {
  readonly plan: Plan;
  readonly record: SagaRecord;
  readonly world: World;
  readonly person: Person;
  readonly processes: readonly DoomedProcess[];
  /** What callers were told, beside what was on disk then. */
  readonly outcomes: ReadonlyArray<{ completed: boolean; result: unknown; onDisk: SagaRecord | undefined }>;
  /** What `onOutcome` wrote. */
  readonly notes: readonly string[];
  /** What `onEnd` wrote. */
  readonly ends: readonly string[];
  /** How many events of each name the log has, and how many were consumed. */
  readonly events: ReadonlyMap<string, { kept: number; consumed: number }>;
}

/** Runs one random saga through all that happens to it, until it has ended and nothing more comes. */
export class Play {
  readonly violations: string[] = [];
  readonly #store: Store<BenchTables>;
  readonly #time: VirtualTime;
  readonly #world: World;
  readonly #disruptions: Disruptions;
  readonly #processes: Processes;
  readonly #person: Person;
  readonly #outcomes: Array<Played['outcomes'][number]> = [];
  #starting: DoomedProcess | undefined;
  #progressAt = 0;

  constructor(plan: Plan, store: Store<BenchTables>, time: VirtualTime) {
    this.#store = store;
    this.#time = time;
    time.decideChance(plan.chance);
    const violated = (what: string) => void this.violations.push(what);
    this.#world = {
      plan,
      backends: new Backends(),
      undos: new Map(),
      resolved: new Set(),
      caught: new Map(),
      fence: new LatestFence(),
      violated,
    };
    this.#disruptions = new Disruptions(plan.disruptions);
    this.#processes = new Processes(store, this.#world, this.#disruptions);
    this.#person = new Person(this.#world, this.#processes);
  }

  async run(): Promise<Played> {
    const { plan } = this.#world;
    await this.#processes.open();
    this.#person.begin();
    await this.#until(() => this.#hasEnded());
    await this.#letTimePass(AFTERMATH_MS);
    if (plan.cancelledAfter && (await this.#find())?.status === 'completed') await this.#cancelAfterEdit();
    return this.#report();
  }

  async #until(isOver: () => Promise<boolean>): Promise<void> {
    const beganAt = Date.now();
    do {
      await this.#time.settle();
      if (await isOver()) return;
      await this.#time.advance();
    } while (Date.now() - Math.max(beganAt, this.#progressAt) < LONGEST_WITHOUT_PROGRESS_MS);
    this.violations.push(`it did not end: ${JSON.stringify(await this.#find())}`);
    throw new Error(this.violations.join('\n'));
  }

  async #letTimePass(ms: number): Promise<void> {
    let isOver = false;
    setTimeout(() => {
      isOver = true;
    }, ms);
    await this.#until(async () => isOver);
  }

  async #hasEnded(): Promise<boolean> {
    const record = await this.#find();
    this.#world.fence.see(record?.fence ?? 0);
    this.#progressAt = record?.progressAt ?? 0;
    if (record) this.#person.attend(record);
    else this.#startAgain();
    return record !== undefined && isEnded(record) && this.#person.isDone && !this.#processes.areUnsettled;
  }

  #find(): Promise<SagaRecord | undefined> {
    return findSaga(this.#store.read as never, ID);
  }

  /** Starts the saga where nothing of it is on disk, as its caller does who had no response. */
  #startAgain(): void {
    const process = this.#processes.current;
    if (!process || this.#starting === process) return;
    this.#starting = process;
    this.#start(process).catch((error: unknown) => {
      if (this.#starting === process) this.#starting = undefined;
      if (!process.isDead && !process.isClosing && !(error instanceof StoreDown))
        this.#world.violated(`starting it failed: ${error}`);
    });
  }

  async #start(process: DoomedProcess): Promise<void> {
    const saga = defineRandom(this.#world, process);
    const handle = await process.sagas.start(saga as never, { id: ID, input: 'input', secret: 'secret' } as never);
    const { completed, result } = await handle.outcome();
    this.#outcomes.push({ completed, result, onDisk: await this.#find() });
  }

  /** Cancels the completed saga with a function that was rewritten meanwhile. */
  async #cancelAfterEdit(): Promise<void> {
    this.#disruptions.end();
    this.#processes.kill();
    const edited = await this.#processes.open((process) => [defineEdited(this.#world, process) as unknown as AnySaga]);
    let isMade = false;
    edited.sagas.cancel(ID, { by: 'a person' }).then(
      () => {
        isMade = true;
      },
      ({ code }: { code?: string }) => {
        isMade = true;
        const { pivot } = this.#world.plan;
        if (code !== 'past_pivot' || pivot?.undo !== 'none') this.violations.push(`cancel was refused: ${code}`);
      },
    );
    await this.#until(async () => isMade && (await this.#hasEnded()));
  }

  async #report(): Promise<Played> {
    const { read } = this.#store;
    const written = (await read.selectFrom('notes').select('text').execute()).map(({ text }) => text);
    const isEnd = (text: string) => text.startsWith('ended ');
    const rows = await read.selectFrom('saga_events').select(['name', 'consumed']).execute();
    const events = new Map<string, { kept: number; consumed: number }>();
    for (const { name, consumed } of rows) {
      const counts = events.get(name) ?? { kept: 0, consumed: 0 };
      events.set(name, { kept: counts.kept + 1, consumed: counts.consumed + Number(consumed) });
    }
    return {
      plan: this.#world.plan,
      record: (await this.#find()) as SagaRecord,
      world: this.#world,
      person: this.#person,
      processes: this.#processes.all,
      outcomes: this.#outcomes,
      notes: written.filter((text) => !isEnd(text)),
      ends: written.filter(isEnd),
      events,
    };
  }

  /** Ends what is left of it, and empties the store. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#processes.kill();
    await this.#time.settle();
    this.#time.clear();
    await this.#store.transaction(async (tables) => {
      for (const table of ['sagas', 'saga_events', 'notes'] as const) await tables.deleteFrom(table).execute();
    });
  }
}
