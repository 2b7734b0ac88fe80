import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const AT_ONCE = 32;

/**
 * How many bytes each of so many runs leaves in V8's old space, where only a collection of everything frees them. What is
 * let go of when a run ends leaves none.
 *
 * @param runs enough for several collections of the young space, too few for one of everything
 * @param one a run; 32 of them are under way at a time
 */
export async function leftInOldSpace(runs: number, one: () => Promise<void>): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let left = runs;
  const several = async () => {
    for (; left > 0; left -= 1) await one();
  };
  await one();
  // What lasts has its place in the old space from here on, as it has in a process that has run for a while.
  collect();
  collect();
  const before = oldSpaceBytes();
  await Promise.all(Array.from({ length: AT_ONCE }, several));
  return (oldSpaceBytes() - before) / runs;
}

function oldSpaceBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0;
}
