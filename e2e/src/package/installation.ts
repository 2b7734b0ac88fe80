import { lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PackedPackage, packPackages } from '../../../scripts/pack-packages.ts';
import { runIn } from './run-in.ts';

export type Installation = Awaited<ReturnType<typeof installPackages>>;

/**
 * Packs the published packages and installs the tarballs into an empty folder outside of the repository, where nothing but
 * what they declare can be found.
 *
 * @throws the output of npm where it cannot install them
 */
export async function installPackages() {
  const folder = await mkdtemp(join(tmpdir(), 'installed-packages-'));
  const remove = () => rm(folder, { recursive: true });
  try {
    const packed = await packPackages(join(folder, 'tarballs'));
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const tarballs = packed.map(({ tarball }) => tarball);
    await runIn(folder, 'npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...tarballs]);
    return { folder, ...(await measure(folder)), packed: byFolder(packed), [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function byFolder(packed: readonly PackedPackage[]) {
  return (folder: string): PackedPackage => {
    const found = packed.find((one) => one.folder === folder);
    if (!found) throw new Error(`${folder} is not packed`);
    return found;
  };
}

/** @returns the names of the installed packages, and the bytes of all their files */
async function measure(folder: string): Promise<{ names: string[]; bytes: number }> {
  const modules = join(folder, 'node_modules');
  const { packages } = JSON.parse(await readFile(join(modules, '.package-lock.json'), 'utf8'));
  let bytes = 0;
  for (const entry of await readdir(modules, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size;
  }
  return { names: Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')), bytes };
}
