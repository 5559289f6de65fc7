import { readdirSync, readFileSync } from 'node:fs';
import type { Member } from './files.ts';

/** All kernel threads are children of this process. */
const KTHREADD = 2;
/** Where the kernel does not list children: how many processes are looked at, the oldest first. */
const MOST_LOOKED_AT = 4096;

/** The `schedstat` of each CPU's ksoftirqd. None in a container, whose /proc shows its own processes only. */
export function ksoftirqdMembers(root: string): readonly Member[] {
  const members: Member[] = [];
  for (const pid of kernelThreads(root)) {
    const name = textOf(`${root}/${pid}/comm`);
    if (name !== undefined && /^ksoftirqd\/\d{1,6}$/.test(name)) {
      members.push({ label: name, path: `${pid}/schedstat` });
    }
  }
  return members;
}

function kernelThreads(root: string): readonly number[] {
  const children = textOf(`${root}/${KTHREADD}/task/${KTHREADD}/children`);
  if (children !== undefined) return children === '' ? [] : children.split(' ').map(Number);
  return pidsBelow(root)
    .slice(0, MOST_LOOKED_AT)
    .filter((pid) => textOf(`${root}/${pid}/cmdline`) === '');
}

/** The ids of the processes below a root of /proc, in ascending order. */
export function pidsBelow(root: string): readonly number[] {
  try {
    return readdirSync(root)
      .filter((name) => /^[1-9]\d*$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return undefined;
  }
}
