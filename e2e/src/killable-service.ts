import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import {
  type ServiceProcess,
  type StackOptions,
  startServiceProcess,
  stopServiceProcess,
  waitUntilReady,
} from '../../scripts/stack.ts';
import type { ServiceName } from '../../services.ts';

// What a test run left alive, also one that was killed.
const alive = new Set<ServiceProcess>();
process.on('exit', () => {
  for (const service of alive) service.process.kill('SIGKILL');
});

/** A service as a plain process that a test starts, kills and starts again; it does not run yet. */
export class KillableService {
  readonly name: ServiceName;
  readonly url: string;
  readonly #options: StackOptions;
  readonly #logFile: string | undefined;
  #latest: ServiceProcess | undefined;

  /** @param logFile where the log lines of all its processes go, where a test reads them */
  constructor(name: ServiceName, options: StackOptions, logFile?: string) {
    this.name = name;
    this.url = `http://127.0.0.1:${options.ports[name]}`;
    this.#options = options;
    this.#logFile = logFile;
  }

  /** Whether it was ever started. */
  get wasStarted(): boolean {
    return this.#latest !== undefined;
  }

  /** The latest process. */
  get process(): ChildProcess {
    return this.#started().process;
  }

  /** Resolves with the exit code of the latest process, null where a signal ended it. */
  get exited(): Promise<number | null> {
    return this.#started().exited;
  }

  /**
   * Starts a process; resolves when it is ready.
   *
   * @param changes what is different about this one
   */
  async start(changes: Partial<StackOptions> = {}): Promise<void> {
    const service = this.#spawn({ ...this.#options, ...changes });
    this.#latest = service;
    alive.add(service);
    void service.exited.then(() => alive.delete(service));
    await waitUntilReady(service);
  }

  /** Ends the process with SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    const { process: child, exited } = this.#started();
    child.kill('SIGKILL');
    await exited;
  }

  /** Stops the process as an operator or a deployment does; resolves with its exit code. */
  stop(): Promise<number | null> {
    return stopServiceProcess(this.#started());
  }

  pause(): void {
    this.process.kill('SIGSTOP');
  }

  resume(): void {
    this.process.kill('SIGCONT');
  }

  /** The log lines of all its processes, where they are kept. */
  log(): string {
    return this.#logFile && this.wasStarted ? readFileSync(this.#logFile, 'utf8') : '';
  }

  #started(): ServiceProcess {
    if (!this.#latest) throw new Error(`${this.name} was never started`);
    return this.#latest;
  }

  #spawn(options: StackOptions): ServiceProcess {
    if (!this.#logFile) return startServiceProcess(this.name, options);
    const output = openSync(this.#logFile, 'a');
    const service = startServiceProcess(this.name, { ...options, output });
    closeSync(output);
    return service;
  }
}
