import { describe, expect, test } from 'vitest';
import { BOOKING_PATHS } from '../../appointment/src/book-appointment-route.ts';
import { SERVICES } from '../../services.ts';
import { type Ingress, type NetworkPolicy, selects, type Workload } from './objects.ts';
import {
  autoscalerOf,
  byName,
  containerOf,
  deployments,
  labelsOf,
  ofKind,
  policies,
  portsOf,
  services,
  settings,
  workloads,
} from './rendered.ts';

// PostgreSQL keeps these for superusers.
const RESERVED_CONNECTIONS = 3;

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
