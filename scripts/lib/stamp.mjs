import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD, ROOT } from './paths.mjs';

/**
 * What a step was last done for. A stamp holds a signature of the step's inputs, so that "is there anything to
 * do" costs some `stat` calls and starts no process.
 */
export function isStamped(name, signature) {
  try {
    return readFileSync(stampPath(name), 'utf8') === signature;
  } catch {
    return false;
  }
}

/** In a clone that this user may not write to, nothing is noted, and the step is looked at again next time. */
export function stamp(name, signature) {
  try {
    mkdirSync(BUILD, { recursive: true });
    writeFileSync(stampPath(name), signature);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error;
  }
}

function stampPath(name) {
  return join(BUILD, `${name}.stamp`);
}

/**
 * The size and time of change of files, a line for each; paths are relative to the root. A file that is not there counts
 * too. No hash of it: loading Node's cryptography takes longer than all of this.
 */
export function signatureOf(paths) {
  const lines = paths.map((path) => {
    const stats = statSync(`${ROOT}/${path}`, { throwIfNoEntry: false });
    return `${path} ${stats?.size} ${stats?.mtimeMs}\n`;
  });
  return lines.join('');
}

/** The files below a folder whose path passes, sorted; folders and files are relative to the root. */
export function filesBelow(folder, isWanted) {
  const files = [];
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) files.push(...filesBelow(path, isWanted));
    else if (isWanted(path)) files.push(path);
  }
  return files.sort();
}
