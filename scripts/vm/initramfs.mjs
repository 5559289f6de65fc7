import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

const FOLDER = 0o040755;
const LINK = 0o120777;
const FILE = 0o100000;

/**
 * Writes a root file system for the kernel to unpack into memory: the "newc" form of cpio, as the kernel's
 * Documentation/driver-api/early-userspace/buffer-format.rst has it. `tree` maps absolute paths to what is there:
 * `{ from, mode, mtime }` a copy of a file, `{ content, mode }` a file, `{ target }` a symbolic link. Folders come by
 * themselves, and so does everything below `folders`.
 */
export function writeInitramfs(path, tree, folders = []) {
  const fd = openSync(path, 'w');
  try {
    let inode = 1;
    const put = (name, mode, content = Buffer.alloc(0), mtime = 0) =>
      writeSync(fd, entry({ name: name.slice(1), inode: inode++, mode, content, mtime }));
    const known = new Set();
    const putFolder = (folder) => {
      if (folder === '' || known.has(folder)) return;
      known.add(folder);
      putFolder(parentOf(folder));
      put(folder, FOLDER);
    };
    for (const folder of folders) putFolder(folder);
    for (const [name, { from, content, target, mode = 0o644, mtime }] of tree) {
      putFolder(parentOf(name));
      if (target !== undefined) put(name, LINK, Buffer.from(target));
      else put(name, FILE | mode, from === undefined ? Buffer.from(content) : readFileSync(from), mtime);
    }
    writeSync(fd, entry({ name: 'TRAILER!!!', inode: 0, mode: 0, content: Buffer.alloc(0), mtime: 0 }));
  } finally {
    closeSync(fd);
  }
}

function parentOf(path) {
  return path.slice(0, path.lastIndexOf('/'));
}

/** Header, name and content, the last two filled up with zeros to multiples of four bytes. */
function entry({ name, inode, mode, content, mtime }) {
  const nameBytes = Buffer.from(`${name}\0`);
  const links = 1;
  const fields = [inode, mode, 0, 0, links, mtime, content.length, 0, 0, 0, 0, nameBytes.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), nameBytes])), padded(content)]);
}

function padded(bytes) {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
