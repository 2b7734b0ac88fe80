import { randomUUID } from 'node:crypto';
import { DockerComposeEnvironment } from 'testcontainers';
import { expect, vi } from 'vitest';
import { auditStack } from '../../scripts/audit-stack.ts';
import type { StackAddresses } from '../../scripts/read-stores.ts';
import { BACKEND_NAMES, mapServices, SERVICE_NAMES, type ServiceName } from '../../services.ts';
import { createAppointmentApi } from './api/appointment.ts';
import { createPaymentApi } from './api/payment.ts';
import { createReservationApi } from './api/reservation.ts';
import type { Container, ServiceContainer } from './container.ts';
import { dockerOutput, root, run } from './run.ts';
import { findContainers } from './stack-containers.ts';
import { SETTINGS } from './stack-settings.ts';

// The reliability promise: what was interrupted has ended 10 s after all services are healthy again.
const TERMINAL_WITHIN_MS = 10_000;

export type Stack = Awaited<ReturnType<typeof startStack>>;

export interface StackShape {
  /** Compose files, each on top of the ones before it. */
  files?: string[];
  /** How many containers there are of a service, where the files are not to decide. */
  scale?: Partial<Record<ServiceName, number>>;
}

/**
 * The containers of the compose file as a project of their own, healthy, with empty volumes. Disposing of it removes all
 * of it.
 *
 * @param env changes the settings of the services
 */
export async function startStack(
  env: NodeJS.ProcessEnv = {},
  { files = ['docker-compose.yml'], scale = {} }: StackShape = {},
) {
  const project = uniqueProject();
  const settings = { ...SETTINGS, ...env };
  const replicas = Object.entries(scale).flatMap(([service, count]) => ['--scale', `${service}=${count}`]);
  const compose = new DockerComposeEnvironment(root, files)
    .withProjectName(project)
    .withBuild()
    .withClientOptions({ commandOptions: replicas })
    .withEnvironment(Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, value ?? ''])));
  let environment = await compose.up();
  let found = await findContainers(project).catch(async (error: unknown) => {
    await environment.down();
    throw error;
  });

  return {
    project,
    /** What Compose was given. */
    settings,
    /** One container of each service. */
    get containers() {
      return found.containers;
    },
    /** Every container of a service of the compose files. */
    replicas: (service: string): Container[] => found.all.get(service) ?? [],
    services: [...found.all.keys()],
    /** To be called once containers were replaced. */
    async lookAgain(): Promise<void> {
      found = await findContainers(project);
    },
    healthy: () => untilReady(found.containers),
    get appointment() {
      return createAppointmentApi(found.containers.appointment.url(), settings.OPERATOR_TOKEN);
    },
    get reservation() {
      return createReservationApi(found.containers.reservation.url(), settings.SERVICE_TOKEN);
    },
    get payment() {
      return createPaymentApi(found.containers.payment.url(), settings.SERVICE_TOKEN);
    },
    /** `docker compose stop` */
    stop: () => environment.stop(),
    /** `docker compose up` again, with the data of before. */
    async up() {
      environment = await compose.up();
      await Promise.all(SERVICE_NAMES.map((service) => found.containers[service].locate()));
    },
    /** All that the containers ever wrote to their logs. */
    logs: () => dockerOutput('compose', '--project-name', project, 'logs', '--no-color', '--no-log-prefix'),
    /** Waits until every booking has ended and the stores agree with each other. */
    async audited(): Promise<void> {
      const addresses = {
        ...mapServices(SERVICE_NAMES, (name) => found.containers[name].url()),
        operatorToken: settings.OPERATOR_TOKEN,
        tokens: mapServices(BACKEND_NAMES, () => settings.SERVICE_TOKEN || undefined),
      };
      await expectSound(addresses);
    },
    async [Symbol.asyncDispose]() {
      await environment.down();
    },
  };
}

/** Waits for every service to be ready. */
async function untilReady(containers: Record<ServiceName, ServiceContainer>): Promise<void> {
  await vi.waitFor(
    async () => {
      const ready = await Promise.all(SERVICE_NAMES.map((service) => containers[service].isReady()));
      if (ready.includes(false)) throw new Error(`not ready: ${SERVICE_NAMES.filter((_, index) => !ready[index])}`);
    },
    { timeout: 20_000, interval: 100 },
  );
}

/** Waits until every booking has ended and the stores agree with each other. */
async function expectSound(addresses: StackAddresses): Promise<void> {
  const broken = async () => (await auditStack(addresses)).findings.filter(({ violations }) => violations.length);
  await expect.poll(broken, { timeout: TERMINAL_WITHIN_MS, interval: 200 }).toEqual([]);
}

/** A name that no stack on this machine has, a user's own least of all. */
export const uniqueProject = () => `appointments-e2e-${randomUUID().slice(0, 8)}`;

/** Builds the services' images, for what starts containers of them without the compose file. */
export async function buildImages(): Promise<void> {
  const { exitCode, stderr } = await run('docker', ['compose', 'build', '--quiet']);
  if (exitCode !== 0) throw new Error(`the images cannot be built: ${stderr}`);
}
