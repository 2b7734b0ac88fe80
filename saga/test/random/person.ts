import { isEnded, NotPossible, type SagaRecord, type Sagas } from '../../src/index.ts';
import type { BenchTables } from '../bench.ts';
import { useOf } from './backends.ts';
import { type DoomedProcess, StoreDown } from './doomed-process.ts';
import type { Processes } from './processes.ts';
import { type MovePlan, type WaitPlan, waitsOf } from './random-plan.ts';
import type { World } from './random-world.ts';

const ID = 'saga-1';
const PAUSED_MS = 300;
const COMES_AFTER_MS = 500;
const BY = { by: 'a person' };

/** What comes to a saga from outside: the plan's moves and events, and help where it is stuck. */
export class Person {
  /** The moves that took effect. */
  readonly made = new Set<string>();
  /** When each event was kept, in milliseconds of virtual time. */
  readonly kept = new Map<string, number>();
  readonly #world: World;
  readonly #processes: Processes;
  readonly #sent = new Set<string>();
  /** Calls without a response. Those to a process that is gone never have one. */
  readonly #open = new Map<Promise<unknown>, DoomedProcess>();
  #coming = 0;

  constructor(world: World, processes: Processes) {
    this.#world = world;
    this.#processes = processes;
  }

  /** Whether nothing is to come any more. */
  get isDone(): boolean {
    return this.#coming === 0 && !this.#awaitsResponse;
  }

  get #awaitsResponse(): boolean {
    return [...this.#open.values()].some(({ isDead }) => !isDead);
  }

  /** Plans the moves. */
  begin(): void {
    for (const move of this.#world.plan.moves) this.#later(move.afterMs, () => this.#move(move));
  }

  /** Looks after a saga as it is on disk. */
  attend(record: SagaRecord): void {
    for (const wait of waitsOf(this.#world.plan)) {
      if (isDue(wait, record) && !this.#sent.has(wait.name)) this.#send(wait);
    }
    if (this.#coming > 0) return;
    if (record.status === 'paused') this.#later(PAUSED_MS, () => this.#use((sagas) => sagas.resume(ID, BY)));
    if (record.status === 'stuck') this.#later(COMES_AFTER_MS, () => this.#help());
  }

  #later(ms: number, act: () => unknown): void {
    this.#coming += 1;
    setTimeout(async () => {
      await act();
      this.#coming -= 1;
    }, ms);
  }

  /** Nobody may answer; what cannot be done any more is left. */
  #use<Result>(act: (sagas: Sagas<BenchTables>) => Promise<Result>, process = this.#processes.current): void {
    if (!process) return;
    const call = act(process.sagas)
      .catch((error: unknown) => {
        const isForeseen = error instanceof NotPossible || error instanceof StoreDown;
        if (!isForeseen) this.#world.violated(`a move failed: ${error}`);
      })
      .finally(() => this.#open.delete(call));
    this.#open.set(call, process);
  }

  async #move({ move, elsewhere }: MovePlan): Promise<void> {
    const current = this.#processes.current;
    if (move === 'shutdown') {
      if (current) this.#processes.shutDown(current);
      return;
    }
    const process = elsewhere ? await this.#processes.open(undefined, { recover: false }) : current;
    this.#use(async (sagas) => {
      const moved = await sagas[move](ID, BY);
      if (moved && !isEnded(moved)) this.made.add(move);
      if (moved?.status === 'cancelled') this.made.add(move);
    }, process);
  }

  #send({ name, event }: WaitPlan): void {
    const process = this.#processes.current;
    if (!process) return;
    this.#sent.add(name);
    // Where the process dies over it, its caller asks again.
    const asked = setInterval(() => {
      if (this.#awaitsResponse) return;
      clearInterval(asked);
      if (!this.kept.has(name)) this.#sent.delete(name);
    }, 100);
    for (let time = 0; time < (event === 'twice' ? 2 : 1); time += 1) {
      this.#use(async (sagas) => {
        await sagas.signal(ID, name, `payload of ${name}`, { dedupeKey: 'once' });
        if (!this.kept.has(name)) this.kept.set(name, Date.now());
      }, process);
    }
  }

  /** Repairs what keeps the saga from going on, or says what has become of it. */
  async #help(): Promise<void> {
    const { plan, backends } = this.#world;
    const record = await this.#processes.current?.sagas.find(ID);
    if (record?.status !== 'stuck') return;
    const code = record.reason?.code ?? '';
    if (['function_changed', 'step_unknown', 'undo_unknown'].includes(code)) {
      this.#world.violated(`stuck without reason: ${code}`);
    }
    const open = record.steps.find(({ name, status, undo }) =>
      record.goal === 'complete' ? status === 'running' && name === record.reason?.step : undo?.status === 'failed',
    );
    // A retry recovers the step once more, and that finds nothing again.
    const isBeyondRepair = code === 'interrupted' && record.goal === 'complete';
    if (!open || (plan.whenStuck === 'repairs' && !isBeyondRepair)) {
      backends.repair();
      this.made.add('repair');
      return this.#use((sagas) => sagas.retry(ID, BY));
    }
    const as = record.goal === 'complete' ? 'done' : 'undone';
    this.#world.resolved.add(useOf(open));
    if (as === 'done') backends.effects.add(useOf(open));
    else backends.remove(useOf(open));
    this.#use(async (sagas) => {
      const { name: step, key } = open;
      await sagas.resolve(ID, { step, ...(key !== undefined && { key }), as, result: `did ${useOf(open)}`, ...BY });
      this.made.add('resolve');
    });
  }
}

/** Whether the event of a wait is to be sent now. */
function isDue({ name, event }: WaitPlan, { steps, status }: SagaRecord): boolean {
  const logged = steps.find((step) => step.name === name);
  switch (event) {
    case 'early':
    case 'twice':
      return true;
    case 'in time':
      return logged?.status === 'running' && status === 'waiting';
    case 'late':
      return logged?.status === 'failed';
    default:
      return false;
  }
}
