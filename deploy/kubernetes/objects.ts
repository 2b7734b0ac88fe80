// What the tests read. The schemas check first that it has this shape.
import type { Manifest } from './render.ts';

export interface Labels {
  [name: string]: string;
}

export interface Selector {
  matchLabels?: Labels;
}

export interface Probe {
  httpGet?: { path: string; port: string };
  tcpSocket?: { port: string };
  exec?: { command: string[] };
}

export interface EnvironmentVariable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef: { name: string; key: string; optional?: boolean } };
}

export interface Container {
  name: string;
  image: string;
  args?: string[];
  ports: { name: string; containerPort: number }[];
  envFrom?: { configMapRef: { name: string } }[];
  env: EnvironmentVariable[];
  startupProbe?: Probe;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  lifecycle?: { preStop: { sleep: { seconds: number } } };
  resources: { requests: Labels; limits: Labels };
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
  securityContext: object;
}

export interface Workload extends Manifest {
  spec: {
    replicas?: number;
    selector: Selector;
    minReadySeconds?: number;
    strategy?: { rollingUpdate: { maxSurge: number; maxUnavailable: number } };
    template: {
      metadata: { labels: Labels };
      spec: {
        automountServiceAccountToken: boolean;
        terminationGracePeriodSeconds: number;
        securityContext: object;
        topologySpreadConstraints: { labelSelector: Selector }[];
        containers: [Container];
        volumes: { name: string; secret?: { secretName: string; optional?: boolean } }[];
      };
    };
  };
}

export interface Service extends Manifest {
  spec: { type?: string; selector: Labels; ports: { name: string; port: number; targetPort: string }[] };
}

export interface Autoscaler extends Manifest {
  spec: { scaleTargetRef: { kind: string; name: string }; minReplicas: number; maxReplicas: number; metrics: object[] };
}

export interface DisruptionBudget extends Manifest {
  spec: { maxUnavailable: number; selector: Selector };
}

export interface ConfigMap extends Manifest {
  data: Record<string, string>;
}

export interface Ingress extends Manifest {
  spec: {
    tls: { hosts: string[] }[];
    rules: {
      host: string;
      http: { paths: { path: string; backend: { service: { name: string; port: { name: string } } } }[] };
    }[];
  };
}

interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
}

export interface NetworkPolicy extends Manifest {
  spec: {
    podSelector: Selector;
    policyTypes: string[];
    ingress?: { from?: Peer[]; ports: { port: number }[] }[];
    egress?: { to?: Peer[]; ports: { port: number }[] }[];
  };
}

/** Whether a selector takes what has these labels. */
export function selects({ matchLabels = {} }: Selector, labels: Labels): boolean {
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
}
