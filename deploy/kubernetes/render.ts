import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** What every document of Kubernetes has. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

interface ConfigMapArgs {
  name: string;
  envs?: string[];
  files?: string[];
}

/** A JSON patch (RFC 6902) for every document of a kind, or for the one of a name. */
interface PatchArgs {
  path: string;
  target: { kind: string; name?: string };
}

interface Operation {
  op: string;
  /** A JSON pointer without escapes; `-` as its last step is the end of a list. */
  path: string;
  value: unknown;
}

interface Kustomization {
  resources?: string[];
  namespace?: string;
  patches?: PatchArgs[];
  configMapGenerator?: ConfigMapArgs[];
}

const KUSTOMIZATION = 'kustomization.yaml';
const UNDERSTOOD = ['apiVersion', 'kind', 'resources', 'namespace', 'patches', 'configMapGenerator'];

/** The settings in the text of an env file. */
function parseEnv(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]));
}

/** @throws Error where it does anything but add */
function applyPatch(manifest: Manifest, operations: readonly Operation[]): Manifest {
  const patched = structuredClone(manifest);
  for (const { op, path, value } of operations) {
    const steps = path.split('/').slice(1);
    const last = steps.pop();
    const parent = steps.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], patched);
    if (op !== 'add' || last === undefined || typeof parent !== 'object' || Array.isArray(parent) !== (last === '-')) {
      throw new Error(`${op} ${path} not understood`);
    }
    if (Array.isArray(parent)) parent.push(value);
    else (parent as Record<string, unknown>)[last] = value;
  }
  return patched;
}

/**
 * Renders a folder like `kubectl kustomize`, for the fields that the kustomizations here use. The names of generated
 * ConfigMaps, and the references to them, stay without the hash that kustomize appends.
 *
 * @param onFile called with each file that is used
 * @throws Error where a kustomization has a field that is not understood here, or names a file that is not there
 */
export function render(folder: string, onFile: (path: string) => void = () => {}): Manifest[] {
  const read = (path: string) => {
    onFile(path);
    return readFileSync(path, 'utf8');
  };

  function readResource(path: string): Manifest[] {
    if (existsSync(join(path, KUSTOMIZATION))) return render(path, onFile);
    return parseAllDocuments(read(path)).map((document) => {
      if (document.errors.length > 0) throw new Error(`${path}: ${document.errors.join(', ')}`);
      return document.toJS() as Manifest;
    });
  }

  function generateConfigMap({ name, envs = [], files = [] }: ConfigMapArgs): Manifest & { data: object } {
    const settings = envs.map((env) => parseEnv(read(join(folder, env))));
    const contents = files.map((file) => ({ [file]: read(join(folder, file)) }));
    const data = Object.assign({}, ...settings, ...contents);
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
  }

  const kustomization = parse(read(join(folder, KUSTOMIZATION))) as Kustomization;
  const strange = Object.keys(kustomization).filter((field) => !UNDERSTOOD.includes(field));
  if (strange.length > 0) throw new Error(`${folder}: ${strange.join(', ')} not understood`);
  const { resources = [], namespace, patches = [], configMapGenerator = [] } = kustomization;
  let manifests = [
    ...resources.flatMap((resource) => readResource(join(folder, resource))),
    ...configMapGenerator.map(generateConfigMap),
  ];
  for (const { path, target } of patches) {
    const operations = parse(read(join(folder, path))) as Operation[];
    const isMeant = ({ kind, metadata }: Manifest) =>
      kind === target.kind && (target.name ?? metadata.name) === metadata.name;
    manifests = manifests.map((one) => (isMeant(one) ? applyPatch(one, operations) : one));
  }
  if (namespace === undefined) return manifests;
  return manifests.map((manifest) =>
    manifest.kind === 'Namespace' ? manifest : { ...manifest, metadata: { ...manifest.metadata, namespace } },
  );
}

/** The files below folders that no kustomization uses, code and its tests left out. */
export function unreachable(folders: readonly string[], reached: ReadonlySet<string>): string[] {
  const all = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.ts'))
      .map((entry) => resolve(entry.parentPath, entry.name)),
  );
  return all.filter((path) => !reached.has(path)).map((path) => relative('.', path));
}
