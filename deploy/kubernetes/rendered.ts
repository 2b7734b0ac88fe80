import { join, resolve } from 'node:path';
import type { Autoscaler, ConfigMap, Container, NetworkPolicy, Service, Workload } from './objects.ts';
import { type Manifest, render } from './render.ts';

export const repository = resolve(import.meta.dirname, '../..');

/** A folder with a kustomization. */
export const folder = (name: string) => join(import.meta.dirname, name);

const all = render(folder('with-postgres'));

/** What `with-postgres` renders of these kinds; it has all of `base`. */
export const ofKind = <Kind extends Manifest>(...kinds: string[]) =>
  all.filter(({ kind }) => kinds.includes(kind)) as Kind[];
export const workloads = ofKind<Workload>('Deployment', 'StatefulSet');
export const deployments = ofKind<Workload>('Deployment');
export const services = ofKind<Service>('Service');
export const policies = ofKind<NetworkPolicy>('NetworkPolicy');
export const settings = ofKind<ConfigMap>('ConfigMap').find(({ metadata }) => metadata.name === 'settings')?.data ?? {};

/** @throws where there is not exactly one of the name */
export const byName = <Kind extends Manifest>(manifests: Kind[], name: string): Kind => {
  const [found, ...others] = manifests.filter(({ metadata }) => metadata.name === name);
  if (!found || others.length > 0) throw new Error(`${others.length + Number(!!found)} of the name ${name}, not 1`);
  return found;
};

export const labelsOf = ({ spec }: Workload) => spec.template.metadata.labels;
export const podOf = ({ spec }: Workload) => spec.template.spec;
export const containerOf = (workload: Workload): Container => podOf(workload).containers[0];
export const portsOf = (workload: Workload) => containerOf(workload).ports.map(({ containerPort }) => containerPort);
export const autoscalerOf = ({ metadata }: Workload) =>
  byName(ofKind<Autoscaler>('HorizontalPodAutoscaler'), metadata.name);
