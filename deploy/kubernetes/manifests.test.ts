import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BACKEND_NAMES, type ServiceName } from '../../services.ts';
import { type DisruptionBudget, selects, type Workload } from './objects.ts';
import { type Manifest, render, unreachable } from './render.ts';
import {
  autoscalerOf,
  byName,
  containerOf,
  deployments,
  folder,
  labelsOf,
  ofKind,
  podOf,
  portsOf,
  repository,
  services,
  workloads,
} from './rendered.ts';
import { misfits } from './schemas.ts';

// See chassis/src/service/serve.ts.
const SHUTDOWN_DEADLINE_S = 8;

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
  const folders = [
    import.meta.dirname,
    join(repository, 'deploy/postgres'),
    ...BACKEND_NAMES.map((name) => join(repository, name, 'kubernetes')),
  ];
  expect(unreachable(folders, reached)).toEqual([]);
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
});
