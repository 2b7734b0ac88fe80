import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { BOOKING_PATHS } from '../../appointment/src/book-appointment-route.ts';
import {
  BACKEND_NAMES,
  mapServicesAsync,
  SERVICE_NAMES,
  SERVICES,
  type ServiceName,
  settingOf,
} from '../../services.ts';
import { temporaryFolder } from '../../store/testing/index.ts';
import {
  type Autoscaler,
  type ConfigMap,
  type Container,
  type DisruptionBudget,
  type Ingress,
  type NetworkPolicy,
  type Service,
  selects,
  type Workload,
} from './objects.ts';
import { type Manifest, render, unreachable } from './render.ts';
import { misfits } from './schemas.ts';

const repository = resolve(import.meta.dirname, '../..');
const folder = (name: string) => join(import.meta.dirname, name);
const READ_CONFIG = await mapServicesAsync(SERVICE_NAMES, async (name) => {
  const { readConfig } = await import(`../../${name}/src/config.ts`);
  return readConfig as (env: NodeJS.ProcessEnv) => object;
});
const SAMPLE_SECRET = 'postgres://user:password@host:5432/name';
const SAMPLE_WEBHOOK_SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const sampleOf = (name: string) => (name.includes('WEBHOOK_SECRET') ? SAMPLE_WEBHOOK_SECRET : SAMPLE_SECRET);
const SAMPLE_URL = 'http://peer:1';
const SAMPLE_FILES = temporaryFolder();
afterAll(() => SAMPLE_FILES[Symbol.dispose]());
const fileWith = (name: string, content: object) => {
  const path = join(SAMPLE_FILES.path, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
};
const SAMPLES: Record<string, string> = {
  RATE_LIMIT: '20/10s',
  BOOKING_RETENTION: '400d',
  ACCESS_FILE: fileWith('access.json', [{ id: 'shop', role: 'client', tokenSha256: '0'.repeat(64) }]),
  WEBHOOKS_FILE: fileWith('webhooks.json', []),
};
// With a gateway, which alone has a token.
const SAMPLE_GATEWAY = { PAYMENT_GATEWAY: 'http', PAYMENT_GATEWAY_URL: SAMPLE_URL };
// See chassis/src/service/serve.ts.
const SHUTDOWN_DEADLINE_S = 8;
// PostgreSQL keeps these for superusers.
const RESERVED_CONNECTIONS = 3;

const all = render(folder('with-postgres'));
const ofKind = <Kind extends Manifest>(...kinds: string[]) => all.filter(({ kind }) => kinds.includes(kind)) as Kind[];
const workloads = ofKind<Workload>('Deployment', 'StatefulSet');
const deployments = ofKind<Workload>('Deployment');
const services = ofKind<Service>('Service');
const policies = ofKind<NetworkPolicy>('NetworkPolicy');
const settings = ofKind<ConfigMap>('ConfigMap').find(({ metadata }) => metadata.name === 'settings')?.data ?? {};
const byName = <Kind extends Manifest>(manifests: Kind[], name: string): Kind => {
  const [found, ...others] = manifests.filter(({ metadata }) => metadata.name === name);
  if (!found || others.length > 0) throw new Error(`${others.length + Number(!!found)} of the name ${name}, not 1`);
  return found;
};
const labelsOf = ({ spec }: Workload) => spec.template.metadata.labels;
const podOf = ({ spec }: Workload) => spec.template.spec;
const containerOf = (workload: Workload): Container => podOf(workload).containers[0];
const portsOf = (workload: Workload) => containerOf(workload).ports.map(({ containerPort }) => containerPort);
const autoscalerOf = ({ metadata }: Workload) => byName(ofKind<Autoscaler>('HorizontalPodAutoscaler'), metadata.name);
const each = (manifests: Manifest[]) => manifests.map((manifest) => [manifest.metadata.name, manifest] as const);

describe.each(['base', 'with-postgres'])('When kustomize renders %s', (name) => {
  const manifests = render(folder(name));

  test('Then every document is what Kubernetes takes', () => {
    const faults = manifests.flatMap((manifest) =>
      misfits(manifest).map((fault) => `${manifest.kind} ${manifest.metadata.name}: ${fault}`),
    );
    expect(faults).toEqual([]);
  });

  test('Then no two documents are of the same kind and name, and all are in one namespace', () => {
    const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names).toEqual([...new Set(names)]);
    expect(names).toContain('Namespace appointments');
    const namespaced = manifests.filter(({ kind }) => kind !== 'Namespace');
    expect(new Set(namespaced.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['appointments']));
  });
});

test('When all is rendered, Then every file is used', () => {
  const reached = new Set<string>();
  render(folder('with-postgres'), (path) => reached.add(path));
  expect(unreachable([import.meta.dirname, join(repository, 'deploy/postgres')], reached)).toEqual([]);
});

describe.each(each(workloads) as [string, Workload][])('When the pods of %s run', (_name, workload) => {
  test('Then they are the ones that the workload selects', () => {
    expect(selects(workload.spec.selector, labelsOf(workload))).toBe(true);
  });

  test('Then they are started, watched and sent requests by probes of a port that is there', () => {
    const { startupProbe, livenessProbe, readinessProbe, ports } = containerOf(workload);
    for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
      expect(probe).toBeDefined();
      const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port;
      expect(probe?.exec ?? ports.find(({ name }) => name === port)).toBeDefined();
    }
  });

  test('Then what they take of a machine has bounds', () => {
    const { requests, limits } = containerOf(workload).resources;
    expect(Object.keys(requests)).toEqual(['cpu', 'memory', 'ephemeral-storage']);
    expect(Object.keys(limits)).toEqual(Object.keys(requests));
  });

  test('Then they have no rights that they do not need', () => {
    const { automountServiceAccountToken, securityContext } = podOf(workload);
    expect(automountServiceAccountToken).toBe(false);
    const user = workload.kind === 'Deployment' ? 1000 : 999;
    expect(securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(containerOf(workload).securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('Then a Service leads to their port', () => {
    const { spec } = byName(services, workload.metadata.name);
    expect(selects({ matchLabels: spec.selector }, labelsOf(workload))).toBe(true);
    expect(spec.ports.map(({ port, targetPort }) => [targetPort, port])).toEqual(
      containerOf(workload).ports.map(({ name, containerPort }) => [name, containerPort]),
    );
    // From outside only through the Ingress.
    expect(spec.type).toBeUndefined();
  });

  test('Then what is read from a Secret is in the one that deploy/README.md says how to make', () => {
    const readme = readFileSync(join(repository, 'deploy/README.md'), 'utf8');
    for (const { valueFrom } of containerOf(workload).env) {
      if (!valueFrom) continue;
      expect(valueFrom.secretKeyRef.name).toBe('appointments');
      expect(readme).toContain(`${valueFrom.secretKeyRef.key}=`);
    }
  });
});

describe.each(each(deployments) as [ServiceName, Workload][])('When %s is deployed', (name, workload) => {
  const { minReplicas, scaleTargetRef, metrics } = autoscalerOf(workload).spec;

  test('Then the autoscaler keeps two replicas or more by what they use, and nothing else sets their number', () => {
    expect(scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name });
    expect(minReplicas).toBeGreaterThanOrEqual(2);
    expect(metrics).toMatchObject([{ resource: { name: 'cpu', target: { averageValue: '600m' } } }]);
    expect(workload.spec.replicas).toBeUndefined();
  });

  test('Then a drained machine takes one replica at a time, and another one stays', () => {
    const { spec } = byName(ofKind<DisruptionBudget>('PodDisruptionBudget'), name);
    expect(selects(spec.selector, labelsOf(workload))).toBe(true);
    expect(spec.maxUnavailable).toBe(1);
  });

  test('Then replicas are spread over machines', () => {
    const [{ labelSelector } = { labelSelector: {} }] = podOf(workload).topologySpreadConstraints;
    expect(labelSelector).toEqual(workload.spec.selector);
  });

  test('Then an update takes no replica away before its successor is ready, nor cuts what is in flight', () => {
    expect(workload.spec.strategy?.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
    const sleep = containerOf(workload).lifecycle?.preStop.sleep.seconds ?? 0;
    expect(sleep).toBeGreaterThanOrEqual(5);
    expect(podOf(workload).terminationGracePeriodSeconds).toBeGreaterThan(sleep + SHUTDOWN_DEADLINE_S);
    // One is gone before the next one goes.
    expect(workload.spec.minReadySeconds).toBeGreaterThan(sleep + SHUTDOWN_DEADLINE_S);
  });

  test('Then its probes call the paths meant for them', () => {
    const { startupProbe, livenessProbe, readinessProbe } = containerOf(workload);
    const paths = [startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet?.path);
    expect(paths).toEqual(['/livez', '/livez', '/readyz']);
  });

  test('Then it is the image of that service, on the port that it listens on', () => {
    const dockerfile = readFileSync(join(repository, name, 'Dockerfile'), 'utf8');
    expect(containerOf(workload).image).toMatch(`appointments-${name}:`);
    expect(portsOf(workload)).toEqual([Number(/ PORT=(\d+)/.exec(dockerfile)?.[1])]);
  });

  test('Then it takes its environment, and knows every name', () => {
    const { env, envFrom = [] } = containerOf(workload);
    expect(envFrom.map(({ configMapRef }) => configMapRef.name)).toEqual(['settings']);
    const own = Object.fromEntries(env.map((variable) => [variable.name, variable.value ?? sampleOf(variable.name)]));
    const config = READ_CONFIG[name]({ ...settings, ...own, ...SAMPLE_GATEWAY });
    expect(Object.keys(config)).toEqual(expect.arrayContaining(Object.keys(own)));
  });
});

const sampleSetting = (name: string) => (name === 'TRACE_URL' ? `${SAMPLE_URL}/{traceId}` : SAMPLE_URL);

test('When a setting is listed, Then a service knows it', () => {
  const filled = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, value || SAMPLES[name] || sampleSetting(name)]),
  );
  const known = Object.values(READ_CONFIG).flatMap((readConfig) =>
    Object.keys(readConfig({ ...filled, ...SAMPLE_GATEWAY })),
  );
  expect(known).toEqual(expect.arrayContaining(Object.keys(settings)));
});

test('When the images run as they are, Then payment starts, with the sandbox that the settings show', () => {
  expect(READ_CONFIG.payment({ ...settings, NODE_ENV: 'production' })).toMatchObject({ PAYMENT_GATEWAY: 'sandbox' });
  expect(() => READ_CONFIG.payment({ ...settings, NODE_ENV: 'production', PAYMENT_GATEWAY: '' })).toThrow(
    'PAYMENT_GATEWAY',
  );
});

describe('When there are files for the orchestrator', () => {
  const workload = byName(deployments, 'appointment');
  const files = podOf(workload).volumes.find(({ secret }) => secret);
  const folderOf = ({ name = '' } = {}) =>
    containerOf(workload).volumeMounts.find((mount) => mount.name === name)?.mountPath;

  test('Then the Secret that has them is mounted as a folder, need not be there, and leaves the other volumes alone', () => {
    expect(files?.secret).toEqual({ secretName: 'appointment-files', optional: true });
    const mounts = containerOf(workload).volumeMounts;
    expect(mounts.map(({ name, readOnly }) => [name, readOnly])).toEqual([
      ['tmp', undefined],
      ['files', true],
    ]);
    expect(podOf(workload).volumes.map(({ name }) => name)).toEqual(mounts.map(({ name }) => name));
    for (const name of BACKEND_NAMES) expect(podOf(byName(deployments, name)).volumes).toHaveLength(1);
  });

  test('Then deploy/README.md says how to make it, and the settings are where it is mounted', () => {
    const readme = readFileSync(join(repository, 'deploy/README.md'), 'utf8');
    expect(readme).toContain(`kubectl create secret generic ${files?.secret?.secretName} --namespace appointments`);
    for (const [setting, file] of [
      ['ACCESS_FILE', 'access.json'],
      ['WEBHOOKS_FILE', 'webhooks.json'],
    ]) {
      expect(readme).toContain(`--from-file=${file}`);
      expect(readme).toContain(`${setting}=${folderOf(files)}/${file}`);
    }
  });
});

test.each(BACKEND_NAMES)('When %s has a token of its own, Then it and the orchestrator alone are given it', (name) => {
  const token = settingOf(name, 'TOKEN');
  const own = { name: token, valueFrom: { secretKeyRef: { name: 'appointments', key: token, optional: true } } };
  for (const workload of deployments) {
    const given = containerOf(workload).env.filter((variable) => variable.name === token);
    const isMeant = [name, 'appointment'].includes(workload.metadata.name);
    expect([workload.metadata.name, given]).toEqual([workload.metadata.name, isMeant ? [own] : []]);
  }
});

test('When the orchestrator calls its peers, Then their Services have the right port', () => {
  for (const { name, value } of containerOf(byName(deployments, 'appointment')).env) {
    if (!name.endsWith('_URL') || value === undefined) continue;
    const { hostname, port } = new URL(value);
    expect(byName(services, hostname).spec.ports.map((served) => served.port)).toEqual([Number(port)]);
  }
});

test('When there are as many replicas as can be, Then PostgreSQL has a connection for each of their pools', () => {
  const replicas = deployments.map((workload) => {
    const { maxSurge } = workload.spec.strategy?.rollingUpdate ?? { maxSurge: 0 };
    // And the one that is stopping.
    return autoscalerOf(workload).spec.maxReplicas + maxSurge + 1;
  });
  const total = replicas.reduce((sum, count) => sum + count, 0);
  const args = containerOf(byName(workloads, 'postgres')).args?.join(' ') ?? '';
  const connections = Number(/max_connections=(\d+)/.exec(args)?.[1]) - RESERVED_CONNECTIONS;
  expect(total * Number(settings.DATABASE_POOL_SIZE)).toBeLessThan(connections);
});

test('When a request comes from outside, Then it is encrypted, and reaches the orchestrator but not its metrics', () => {
  const shown = ['/bookings', '/console', '/erasures', ...BOOKING_PATHS.map((path) => `/${path.split('/')[1]}`)];
  for (const { spec } of ofKind<Ingress>('Ingress')) {
    expect(spec.rules.flatMap(({ http }) => http.paths.map(({ path }) => path)).sort()).toEqual(shown.sort());
    expect(spec.tls.flatMap(({ hosts }) => hosts)).toEqual(spec.rules.map(({ host }) => host));
    for (const { backend } of spec.rules.flatMap(({ http }) => http.paths)) {
      const { name, port } = backend.service;
      expect(name).toBe('appointment');
      expect(byName(services, name).spec.ports.map((served) => served.name)).toEqual([port.name]);
    }
  }
});

describe('When pods talk', () => {
  const selected = ({ podSelector }: { podSelector?: NetworkPolicy['spec']['podSelector'] }) =>
    podSelector ? workloads.filter((workload) => selects(podSelector, labelsOf(workload))) : [];
  const mayCall = (caller: Workload, callee: Workload) => {
    const [port] = portsOf(callee);
    const out = policies.filter(({ spec }) => selected(spec).includes(caller)).flatMap(({ spec }) => spec.egress ?? []);
    const into = policies
      .filter(({ spec }) => selected(spec).includes(callee))
      .flatMap(({ spec }) => spec.ingress ?? []);
    const allows = (peer: Workload) => (rule: { peers: object[] | undefined; ports: { port: number }[] }) =>
      rule.ports.some((allowed) => allowed.port === port) &&
      (rule.peers?.some((selector) => selected(selector).includes(peer)) ?? true);
    return (
      out.map(({ to, ports }) => ({ peers: to, ports })).some(allows(callee)) &&
      into.map(({ from, ports }) => ({ peers: from, ports })).some(allows(caller))
    );
  };

  test('Then only what is named is let in and out', () => {
    expect(byName(policies, 'deny-all').spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    for (const { spec } of policies) {
      expect(selected(spec)).not.toEqual([]);
      if (spec.ingress) expect(spec.policyTypes).toContain('Ingress');
      if (spec.egress) expect(spec.policyTypes).toContain('Egress');
    }
  });

  test('Then each service reaches PostgreSQL and the services that it needs or tells, and nothing else', () => {
    const pairs = workloads.flatMap((caller) =>
      workloads.filter((callee) => mayCall(caller, callee)).map((callee) => [caller, callee]),
    );
    const names = pairs.map((pair) => pair.map(({ metadata }) => metadata.name).join(' to '));
    const needed = SERVICES.flatMap(({ name, needs, tells }) =>
      [...needs, ...tells.map(({ service }) => service), 'postgres'].map((callee) => `${name} to ${callee}`),
    );
    expect(names.sort()).toEqual(needed.sort());
  });
});
