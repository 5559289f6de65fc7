import { FileReader } from '../../lib/file-reader.ts';
import { secondsBetween, type UnixTime } from '../../model/time.ts';
import { conntrackMembers, type Member, type ProcFile, sysctlMembers } from './files.ts';
import { ksoftirqdMembers } from './ksoftirqd-threads.ts';
import { type NetFolder, netFolder } from './namespace.ts';

const EQUALS = Buffer.from(' = ');
const NEWLINE = Buffer.from('\n');
const SEARCH_SECONDS = 60;

interface FoundMembers {
  readonly time: UnixTime;
  readonly members: readonly Member[];
}

/** Knows where the files of a root are, follows the network namespace that it looks at, and reads them. */
export class ProcReader {
  readonly #reader = new FileReader();
  readonly #root: string;
  readonly #netns: string | undefined;
  #folder: NetFolder | undefined;
  #hadFolder = false;
  #members = new Map<string, FoundMembers>();

  constructor(root: string, netns: string | undefined) {
    this.#root = root;
    this.#netns = netns;
  }

  /**
   * To be called before the files of a tick. When the process that stood for the namespace has ended, everything is
   * opened anew: an open file would keep showing the old namespace, and keep it alive. True when the figures are
   * another namespace's from now on.
   */
  follow(): boolean {
    if (this.#folder && this.#isAlive(this.#folder)) return false;
    this.close();
    this.#folder = netFolder(this.#root, this.#netns);
    // Opens what will tell that the process has ended, before another one can have its number.
    this.#isAlive(this.#folder);
    const isAnother = this.#hadFolder;
    this.#hadFolder = true;
    return isAnother;
  }

  /** Throws what the file system says; for several files in one, only when none is there. */
  read(file: ProcFile, time: UnixTime): Uint8Array {
    if (file.members) return this.#readMembers(file, time);
    return this.#reader.read(file.name, [this.pathOf(file)], file.isWhole);
  }

  /** For messages too. */
  pathOf({ name, members }: ProcFile): string {
    if (members === 'sysctl' || members === 'conntrack') return `${this.#root}/sys/net`;
    if (name.startsWith('net/') && this.#folder) return `${this.#folder.path}${name.slice('net'.length)}`;
    return `${this.#root}/${name}`;
  }

  close(): void {
    this.#reader.close();
    this.#members.clear();
    this.#folder = undefined;
  }

  #isAlive({ pid }: NetFolder): boolean {
    return pid === undefined || this.#reader.isStillThere('namespace', `${this.#root}/${pid}/comm`);
  }

  #readMembers({ name, members }: ProcFile, time: UnixTime): Uint8Array {
    const found = this.#membersAt(name, members, time);
    const parts: Uint8Array[] = [];
    let failure: unknown;
    for (const { label, path } of found.members) {
      try {
        const bytes = this.#reader.read(path, [`${this.#root}/${path}`]);
        parts.push(Buffer.from(label), EQUALS, bytes);
        if (bytes.at(-1) !== NEWLINE[0]) parts.push(NEWLINE);
      } catch (error) {
        failure = error;
      }
    }
    // The thread of a CPU can be gone and come back with another number.
    if (failure !== undefined) this.#members.delete(name);
    if (parts.length > 0) return Buffer.concat(parts);
    throw failure ?? Object.assign(new Error('nothing found'), { code: 'ENOENT' });
  }

  /** Looked for again now and then, because CPUs can be added. */
  #membersAt(name: string, members: ProcFile['members'], time: UnixTime): FoundMembers {
    const known = this.#members.get(name);
    if (known && Math.abs(secondsBetween(known.time, time)) < SEARCH_SECONDS) return known;
    const found = { time, members: this.#find(members) };
    this.#members.set(name, found);
    return found;
  }

  #find(members: ProcFile['members']): readonly Member[] {
    const isOwn = this.#folder?.isOwnNamespace ?? false;
    if (members === 'ksoftirqd') return ksoftirqdMembers(this.#root);
    return members === 'sysctl' ? sysctlMembers(isOwn) : conntrackMembers(isOwn);
  }
}
