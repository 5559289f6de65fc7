import { type Explanation, explainDenial } from './denial.ts';
import type { LoaderEnd } from './loader-process.ts';

/** sysexits.h, as the loader uses them. */
const EX_USAGE = 64;
const EX_UNAVAILABLE = 69;

const REBUILD = '`npm run setup` builds the loader that belongs to this lagpipe';

/** What a loader found that comes and goes: an interface of a tunnel or a container. */
const COMES_BACK: ReadonlySet<string> = new Set(['no_such_interface', 'interface_down']);

/**
 * What to tell about an end that starting again cannot mend, or `undefined` when it may. What is missing from the
 * start is a mistake; what an earlier life of the loader had may come back.
 */
export function explainPermanentEnd(end: LoaderEnd, workedBefore: boolean): Explanation | undefined {
  if (end.kind === 'fault' && end.fault.kind === 'unknown_version') {
    return { detail: `the loader speaks another format: ${end.fault.detail}`, remedy: REBUILD };
  }
  if (end.kind !== 'exited') return undefined;
  if (end.code === EX_UNAVAILABLE) {
    const { code = '', message = '' } = end.lastError ?? end.lastDenial ?? {};
    if (workedBefore && COMES_BACK.has(code)) return undefined;
    return explainDenial(code, message);
  }
  if (end.code !== EX_USAGE) return undefined;
  return {
    detail: `the loader refuses its options: ${end.lastError?.message ?? 'it does not say why'}`,
    remedy: REBUILD,
  };
}

/** An end in a few words: `the loader was killed by SIGKILL`. */
export function describeEnd(end: LoaderEnd): string {
  if (end.kind === 'not_started') return `the loader could not be started (${end.message})`;
  if (end.kind === 'fault') return `the loader's output could not be read (${end.fault.detail})`;
  const how = end.signal === null ? `ended with exit code ${end.code}` : `was killed by ${end.signal}`;
  return `the loader ${how}${end.lastError === undefined ? '' : ` (${end.lastError.message})`}`;
}
