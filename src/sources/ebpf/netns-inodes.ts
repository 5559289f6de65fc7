import { statSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = '/run/netns';

/**
 * The numbers of network namespaces, by name below /run/netns or by number, which is the inode of the file that stands
 * for one. Throws with a sentence that says which one there is not.
 */
export function netnsInodes(names: readonly string[], folder = FOLDER): readonly number[] {
  return names.map((name) => {
    if (/^\d+$/.test(name)) return Number(name);
    const status = statSync(join(folder, name), { throwIfNoEntry: false });
    if (status === undefined) throw new Error(`there is no network namespace ${name} below ${folder}`);
    return status.ino;
  });
}
