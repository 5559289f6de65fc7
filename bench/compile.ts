import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const BUILD = join(ROOT, 'build');
/** Where Debian keeps <asm/types.h>, which clang leaves out for another target than the host's. */
const MACHINE = arch() === 'arm64' ? 'aarch64' : 'x86_64';
/** By the kernel's name: where a kprobe finds the arguments of its function. */
const TARGET = arch() === 'arm64' ? 'arm64' : 'x86';
const FOR_BPF = [
  ...['-g', '-target', 'bpf', '-mcpu=v3', `-D__TARGET_ARCH_${TARGET}`],
  ...['-idirafter', `/usr/include/${MACHINE}-linux-gnu`, '-c'],
];

/** Compiles a C program of the benchmarks from files of the repository; returns its path. */
export function compiled(name: string, sources: readonly string[], libraries: readonly string[] = []) {
  return clang(`bench-${name}`, ['-D_GNU_SOURCE'], sources, libraries);
}

/** Compiles a BPF program of the benchmarks; returns the path of its object. */
export function compiledForBpf(name: string): string {
  return clang(`bench-${name}.bpf.o`, FOR_BPF, [`bench/${name}.bpf.c`], []);
}

function clang(
  name: string,
  options: readonly string[],
  sources: readonly string[],
  libraries: readonly string[],
): string {
  const output = join(BUILD, name);
  mkdirSync(BUILD, { recursive: true });
  const files = sources.map((source) => join(ROOT, source));
  execFileSync('clang', ['-O2', '-Wall', '-Wextra', ...options, '-o', output, ...files, ...libraries]);
  return output;
}
