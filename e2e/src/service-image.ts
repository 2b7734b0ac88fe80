import { randomUUID } from 'node:crypto';
import { GenericContainer } from 'testcontainers';
import type { ServiceName } from '../../services.ts';
import { PORTS } from './container.ts';
import { docker } from './run.ts';

export const imageOf = (service: ServiceName): string => `appointments-${service}`;

// `make clean` and `.ci/run` find by this what a killed run has left behind.
const LABELS = { 'appointments.stack': process.env.STACK || 'local' };

const START_INTERVAL_NS = 300e6;

/** A container of one of the images, without the compose file: nothing can be written but the store and `/tmp`. */
export class ServiceImage extends GenericContainer {
  constructor(service: ServiceName, image = imageOf(service)) {
    super(image);
    this.hostConfig.ReadonlyRootfs = true;
    // The image's own check, which Docker would make for the first time after 10 s.
    this.createOpts.Healthcheck = { StartInterval: START_INTERVAL_NS };
    this.withLabels(LABELS)
      .withExposedPorts(PORTS[service])
      .withEnvironment({ PAYMENT_GATEWAY: 'sandbox' })
      .withDroppedCapabilities('ALL')
      .withTmpFs({ '/tmp': 'rw', '/data': 'rw,uid=1000,gid=1000' })
      .withStartupTimeout(30_000);
  }
}

/** A network that is gone at the end of the test. */
export async function createNetwork(): Promise<AsyncDisposable & { name: string }> {
  const name = `appointments-e2e-${randomUUID()}`;
  const labels = Object.entries(LABELS).flatMap(([label, value]) => ['--label', `${label}=${value}`]);
  await docker('network', 'create', ...labels, name);
  return {
    name,
    async [Symbol.asyncDispose]() {
      await docker('network', 'rm', name);
    },
  };
}
