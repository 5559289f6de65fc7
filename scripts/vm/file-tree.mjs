import { spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Files of this machine, picked for another root file system: absolute paths as `writeInitramfs` takes them. */
export class FileTree {
  entries = new Map();

  /** Symbolic links of this machine's root, such as /lib -> usr/lib; what is a folder here stays one. */
  addRootLinks(paths) {
    for (const path of paths) {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats?.isSymbolicLink()) this.entries.set(path, { target: readlinkSync(path) });
    }
  }

  addText(path, content, mode = 0o644) {
    this.entries.set(path, { content, mode });
  }

  /** A copy, under another path or its own. A symbolic link to a file is copied as that file. */
  addFile(from, path = from) {
    const { mode, mtimeMs } = statSync(from);
    const entry = { from: realpathSync(from), mode: mode & 0o777, mtime: Math.floor(mtimeMs / 1000) };
    this.entries.set(this.#behindRootLink(path), entry);
  }

  /** /usr/lib/x for /lib/x where /lib is a link to usr/lib. */
  #behindRootLink(path) {
    const [, top, ...rest] = path.split('/');
    const target = this.entries.get(`/${top}`)?.target;
    return target === undefined ? path : join('/', target, ...rest);
  }

  addBelow(folder, isWanted = () => true, path = folder) {
    for (const { name } of readdirSync(folder, { withFileTypes: true })) {
      const from = join(folder, name);
      const to = join(path, name);
      if (!isWanted(from)) continue;
      if (statSync(from).isDirectory()) this.addBelow(from, isWanted, to);
      else this.addFile(from, to);
    }
  }

  /** A program and the libraries that it is linked with. */
  addProgram(path) {
    this.addFile(path);
    const { stdout } = spawnSync('ldd', [path], { encoding: 'utf8' });
    for (const [library] of stdout.matchAll(/\/\S+(?= \(0x)/g)) this.addFile(library);
  }
}
