import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from 'durable-store/testing';
import { describe, expect, test } from 'vitest';
import { type Services, sendParcel } from '../examples/send-parcel.ts';
import { Refusal } from './index.ts';

function createServices(couriersLeft: number) {
  const calls: string[] = [];
  const services: Services = {
    stock: {
      async take(key, article) {
        calls.push(`take ${article} for ${key}`);
        return 7;
      },
      async putBack(key) {
        calls.push(`put back for ${key}`);
      },
    },
    courier: {
      async book(key) {
        if (couriersLeft === 0) throw new Refusal('no_courier');
        return `courier of ${key}`;
      },
      async cancel(key) {
        calls.push(`cancel for ${key}`);
      },
    },
  };
  return { services, calls };
}

describe('the example', () => {
  test('When both services agree, Then the parcel is sent', async () => {
    using folder = temporaryFolder();
    const { services, calls } = createServices(1);

    const parcel = await sendParcel(`sqlite:${join(folder.path, 'parcels.db')}`, services, 'parcel-1');

    expect(parcel).toEqual({
      completed: true,
      result: { shelf: 7, courierId: 'courier of parcel-1' },
      failure: null,
    });
    expect(calls).toEqual(['take book for parcel-1']);
  });

  test('When there is no courier, Then the stock is put back', async () => {
    using folder = temporaryFolder();
    const { services, calls } = createServices(0);

    const parcel = await sendParcel(`sqlite:${join(folder.path, 'parcels.db')}`, services, 'parcel-1');

    expect(parcel).toMatchObject({ completed: false, failure: { step: 'book', code: 'no_courier' } });
    expect(calls).toEqual(['take book for parcel-1', 'put back for parcel-1']);
  });

  test('When the README shows it, Then it is the code that these tests run', () => {
    const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
    const shown = /```ts\n([\s\S]*?)```/.exec(read('../README.md'))?.[1];

    expect(shown).toBe(read('../examples/send-parcel.ts').replace('../src/index.ts', 'durable-saga'));
  });
});
