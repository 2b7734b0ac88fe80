import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { access, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from '../store/src/make-folder.ts';

/** The folders of the packages that are published, each after those that it depends on. */
export const PUBLISHED_FOLDERS: readonly string[] = ['store', 'saga'];

/** One packed package: its name, its folder in the repository, and the path of its tarball. */
export interface PackedPackage {
  name: string;
  folder: string;
  tarball: string;
}

interface Manifest {
  name: string;
  exports: Record<string, string>;
  [field: string]: unknown;
}

const ROOT = resolve(import.meta.dirname, '..');
const TSC = join(ROOT, 'node_modules/.bin/tsc');
// What is left out is for the repository alone: `private` keeps its TypeScript from being published by mistake.
const PUBLISHED_FIELDS = [
  ...['name', 'version', 'description', 'keywords', 'license', 'type', 'engines'],
  ...['dependencies', 'peerDependencies', 'peerDependenciesMeta'],
];
const execute = promisify(execFile);

/**
 * Builds each published package to JavaScript with declarations and packs it.
 *
 * @param outputFolder where the tarballs go; it is made where it is missing
 * @returns the packages, in the order of PUBLISHED_FOLDERS
 * @throws the output of tsc or npm where one of them fails
 */
export async function packPackages(outputFolder: string): Promise<PackedPackage[]> {
  makeFolder(resolve(outputFolder));
  const staging = await mkdtemp(join(tmpdir(), 'packages-'));
  // What the packages depend on is found from there as well.
  await symlink(join(ROOT, 'node_modules'), join(staging, 'node_modules'));
  const declarations: Record<string, string[]> = {};
  const packed: PackedPackage[] = [];
  try {
    for (const folder of PUBLISHED_FOLDERS) {
      const stage = join(staging, folder);
      const manifest: Manifest = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'));
      await build(folder, stage, declarations);
      const entryPoints = await findEntryPoints(manifest, stage);
      for (const [path, { types }] of Object.entries(entryPoints)) {
        declarations[join(manifest.name, path)] = [join(stage, types)];
      }
      const documents = findDocuments(manifest, folder);
      await writeManifest(manifest, entryPoints, documents, stage);
      for (const file of documents) await copyDocument(manifest, join(ROOT, folder, file), join(stage, file));
      await copyFile(join(ROOT, 'LICENSE'), join(stage, 'LICENSE'));
      packed.push({ name: manifest.name, folder, tarball: await pack(stage, outputFolder) });
    }
  } finally {
    await rm(staging, { recursive: true });
  }
  return packed;
}

/** Compiles a package against the declarations of those before it, because their sources are not part of it. */
async function build(folder: string, stage: string, declarations: Record<string, string[]>): Promise<void> {
  await mkdir(stage);
  const project = join(stage, 'tsconfig.json');
  const configuration = {
    extends: join(ROOT, folder, 'tsconfig.build.json'),
    compilerOptions: { outDir: join(stage, 'dist'), paths: declarations },
  };
  await writeFile(project, JSON.stringify(configuration));
  await run(TSC, ['--project', project], ROOT);
  await rm(project);
}

type EntryPoints = Record<string, { types: string; default: string }>;

/** The package's exports as they are after the build; one that tsconfig.build.json leaves out is not published. */
async function findEntryPoints({ exports }: Manifest, stage: string): Promise<EntryPoints> {
  const entryPoints: EntryPoints = {};
  for (const [path, source] of Object.entries(exports)) {
    const built = `./${join('dist', source).replace(/\.ts$/, '')}`;
    const emitted = await access(join(stage, `${built}.js`)).then(
      () => true,
      () => false,
    );
    if (emitted) entryPoints[path] = { types: `${built}.d.ts`, default: `${built}.js` };
  }
  return entryPoints;
}

/** The package's README and changelog, the README of each further entry point that has one, and the examples. */
function findDocuments({ exports }: Manifest, folder: string): string[] {
  const further = Object.values(exports).map((source) => join(dirname(source), 'README.md'));
  const linked = globSync('examples/**/*.*', { cwd: join(ROOT, folder) });
  return ['README.md', 'CHANGELOG.md', ...further.filter((file) => existsSync(join(ROOT, folder, file))), ...linked];
}

/** Copies a document; an example imports the package by its name there, as its readers do. */
async function copyDocument({ name }: Manifest, from: string, to: string): Promise<void> {
  const text = await readFile(from, 'utf8');
  const own = /'(?:\.\.\/)+(src|testing)\/index\.ts'/g;
  await mkdir(dirname(to), { recursive: true });
  await writeFile(
    to,
    text.replaceAll(own, (_all, part) => (part === 'src' ? `'${name}'` : `'${name}/${part}'`)),
  );
}

async function writeManifest(
  manifest: Manifest,
  exports: EntryPoints,
  documents: readonly string[],
  stage: string,
): Promise<void> {
  const kept = PUBLISHED_FIELDS.flatMap((field) => (field in manifest ? [[field, manifest[field]]] : []));
  const published = { ...Object.fromEntries(kept), exports, files: ['dist', ...documents] };
  await writeFile(join(stage, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
}

async function pack(stage: string, outputFolder: string): Promise<string> {
  const output = await run('npm', ['pack', '--json', '--pack-destination', resolve(outputFolder)], stage);
  const [{ filename }] = JSON.parse(output) as [{ filename: string }];
  return join(resolve(outputFolder), filename);
}

async function run(command: string, options: string[], cwd: string): Promise<string> {
  try {
    return (await execute(command, options, { cwd })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

if (import.meta.main) {
  const outputFolder = process.argv[2];
  if (outputFolder === undefined) {
    console.error('usage: npm run pack:packages -- <folder for the tarballs>');
    process.exit(1);
  }
  for (const { name, tarball } of await packPackages(outputFolder)) console.log(`${name}  ${tarball}`);
}
