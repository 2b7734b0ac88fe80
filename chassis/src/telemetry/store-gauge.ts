import { limitTime } from 'durable-store/time-limit';
import { Gauge, type Registry } from './metrics.ts';

// A scraper gives up after seconds, and takes the process for dead then.
const PATIENCE_MS = 250;

/** One value of a gauge, with its labels. */
export interface GaugeValue {
  labels?: Record<string, string>;
  value: number;
}

export interface StoreGaugeOptions {
  name: string;
  help: string;
  labelNames?: string[];
  registry: Registry;
  /** Reads the values from the store. */
  read: () => Promise<GaugeValue[]>;
}

/**
 * A gauge whose values are read at each scrape. Where the store does not respond at once, it is left out of the page: all
 * other metrics matter most just then.
 */
export function storeGauge({ name, help, labelNames = [], registry, read }: StoreGaugeOptions): void {
  // A store that hangs is not asked by each scrape anew.
  const readOnce = joinReads(read);

  new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    async collect() {
      const values = await orNothing(readOnce());
      this.reset();
      if (labelNames.length === 0) this.remove();
      for (const { labels = {}, value } of values ?? []) this.set(labels, value);
    },
  });
}

/** @returns a read that callers share while it goes on, such as the gauges of one page */
export function joinReads<Result>(read: () => Promise<Result>): () => Promise<Result> {
  let reading: Promise<Result> | undefined;
  return () => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
}

/** `store_up`: whether the store responds at this moment. */
export function storeUpGauge(registry: Registry, ready: () => Promise<void>): void {
  new Gauge({
    name: 'store_up',
    help: '1 where the store of the service responds, else 0.',
    registers: [registry],
    async collect() {
      this.set((await orNothing(ready().then(() => true))) ? 1 : 0);
    },
  });
}

async function orNothing<Result>(work: Promise<Result>): Promise<Result | undefined> {
  using patience = limitTime(PATIENCE_MS);
  return await patience.before(work).catch(() => undefined);
}
