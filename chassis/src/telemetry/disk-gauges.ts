import { statfs } from 'node:fs/promises';
import { Gauge, type Registry } from './metrics.ts';

/**
 * `store_disk_free_bytes` and `store_disk_size_bytes`: room on the disk that a folder is on. They are left out where it cannot
 * be looked at.
 */
export function diskGauges(registry: Registry, folder: string): void {
  const gauge = (name: string, help: string, blocks: 'bavail' | 'blocks') =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const disk = await statfs(folder).catch(() => undefined);
        if (disk) this.set(disk[blocks] * disk.bsize);
        else this.remove();
      },
    });
  gauge('store_disk_free_bytes', 'Room that is left on the disk of the store, for this process.', 'bavail');
  gauge('store_disk_size_bytes', 'Size of the disk of the store.', 'blocks');
}
