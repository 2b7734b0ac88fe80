import { validate as deployment } from 'kubernetes-models/_schemas/IoK8sApiAppsV1Deployment';
import { validate as statefulSet } from 'kubernetes-models/_schemas/IoK8sApiAppsV1StatefulSet';
import { validate as autoscaler } from 'kubernetes-models/_schemas/IoK8sApiAutoscalingV2HorizontalPodAutoscaler';
import { validate as configMap } from 'kubernetes-models/_schemas/IoK8sApiCoreV1ConfigMap';
import { validate as namespace } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Namespace';
import { validate as service } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Service';
import { validate as ingress } from 'kubernetes-models/_schemas/IoK8sApiNetworkingV1Ingress';
import { validate as networkPolicy } from 'kubernetes-models/_schemas/IoK8sApiNetworkingV1NetworkPolicy';
import { validate as disruptionBudget } from 'kubernetes-models/_schemas/IoK8sApiPolicyV1PodDisruptionBudget';
import type { Manifest } from './render.ts';

type Validate = ((data: unknown) => boolean) & { errors?: { instancePath: string; params: object }[] | null };

const SCHEMAS: Record<string, Validate> = {
  'apps/v1 Deployment': deployment,
  'apps/v1 StatefulSet': statefulSet,
  'autoscaling/v2 HorizontalPodAutoscaler': autoscaler,
  'networking.k8s.io/v1 Ingress': ingress,
  'networking.k8s.io/v1 NetworkPolicy': networkPolicy,
  'policy/v1 PodDisruptionBudget': disruptionBudget,
  'v1 ConfigMap': configMap,
  'v1 Namespace': namespace,
  'v1 Service': service,
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function pathsIn(value: object, path = ''): string[] {
  return Object.entries(value).flatMap(([key, member]) => {
    const memberPath = `${path}/${key}`;
    return isObject(member) ? [memberPath, ...pathsIn(member, memberPath)] : [memberPath];
  });
}

/** A proxy of the value that reports the path of each member read. */
function watched<Value extends object>(value: Value, onRead: (path: string) => void, path = ''): Value {
  return new Proxy(value, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      const memberPath = `${path}/${String(key)}`;
      onRead(memberPath);
      return isObject(member) ? watched(member, onRead, memberPath) : member;
    },
  });
}

/** Where a document does not fit Kubernetes' own schema, unknown fields included. */
export function misfits(manifest: Manifest): string[] {
  const validate = SCHEMAS[`${manifest.apiVersion} ${manifest.kind}`];
  if (!validate) return [`${manifest.apiVersion} ${manifest.kind} is not among the schemas`];
  // The schemas accept unknown fields, but their code never reads one.
  const unread = new Set(pathsIn(manifest));
  if (!validate(watched(manifest, (path) => unread.delete(path)))) {
    return (validate.errors ?? []).map(({ instancePath, params }) => `${instancePath} ${JSON.stringify(params)}`);
  }
  return [...unread].map((path) => `${path} is unknown`);
}
