import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../../lib/message-of.ts';
import { secondsBetween, type UnixTime } from '../../../model/time.ts';
import { contentKind, KIND_BYTES } from './content-kind.ts';
import { openPieces, STANDARD_INPUT } from './file-pieces.ts';
import { firstPacketTime } from './first-packet-time.ts';

export interface CaptureFiles {
  /** In the order in which they are to be read. */
  readonly paths: readonly string[];
  /** What lies in a folder among the captures and is none, with what it is. */
  readonly others: readonly string[];
}

/** How far the first packet is looked for; captures with default settings have none longer than half of this. */
const HEAD_BYTES = 512 * 1024;
const HEAD_PIECE_BYTES = 64 * 1024;

interface Ranked {
  readonly path: string;
  readonly time: UnixTime | undefined;
}

/**
 * The files behind what a user names: a folder stands for the captures in it. Sorted by the time of their first
 * packets, because names do not tell: `dump10` comes before `dump2`, and tcpdump -W begins again at `dump0`.
 * Throws when something that was named cannot be read or is no capture.
 */
export async function findCaptureFiles(named: readonly string[], signal: AbortSignal): Promise<CaptureFiles> {
  const ranked: Ranked[] = [];
  const others: string[] = [];
  for (const path of named) {
    const inFolder = await filesIn(path);
    const looks: (Ranked | string)[] = [];
    for (const file of inFolder ?? [path]) looks.push(await look(file, signal));
    const captures = looks.filter((found) => typeof found !== 'string');
    const noCaptures = looks.filter((found) => typeof found === 'string');
    if (captures.length === 0) throw new Error(noCaptureIn(path, inFolder !== undefined, noCaptures));
    ranked.push(...captures);
    others.push(...noCaptures);
  }
  return { paths: ranked.sort(inOrder).map(({ path }) => path), others };
}

function noCaptureIn(path: string, isFolder: boolean, others: readonly string[]): string {
  if (!isFolder) return `no capture: ${others[0]}`;
  return `no capture in the folder ${path}: ${others.slice(0, 3).join('; ') || 'it is empty'}`;
}

/** The files of a folder, but not what lies deeper; `undefined` when the path is none. */
async function filesIn(path: string): Promise<readonly string[] | undefined> {
  if (path === STANDARD_INPUT) return undefined;
  try {
    if (!(await stat(path)).isDirectory()) return undefined;
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => join(path, entry.name));
  } catch (error) {
    throw new Error(`cannot read ${path}: ${reasonOf(error)}`);
  }
}

/** What kind of file it is: a capture and when it begins, or in words what else. */
async function look(path: string, signal: AbortSignal): Promise<Ranked | string> {
  try {
    // What comes out of a pipe comes once.
    if (path === STANDARD_INPUT || !(await stat(path)).isFile()) return { path, time: undefined };
    let head = new Uint8Array(0);
    let time: UnixTime | undefined;
    for await (const piece of await openPieces(path, signal, HEAD_PIECE_BYTES)) {
      head = Buffer.concat([head, piece]);
      time = firstPacketTime(head);
      if (time !== undefined || head.length > HEAD_BYTES) break;
    }
    const content = contentKind(head.subarray(0, KIND_BYTES));
    return content.kind === 'other' ? `${path} is ${content.what}` : { path, time };
  } catch (error) {
    throw new Error(`cannot read ${path}: ${reasonOf(error)}`);
  }
}

/** In fewer words than Node's, which repeat the path and name the system call. */
function reasonOf(error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file or folder';
  return code === 'EACCES' ? 'this user may not' : messageOf(error);
}

/** By time; without one, or at the same, by name with its numbers as numbers. */
function inOrder(one: Ranked, other: Ranked): number {
  const byTime = one.time && other.time ? secondsBetween(other.time, one.time) : 0;
  return byTime || one.path.localeCompare(other.path, 'en', { numeric: true });
}
