import { LineScanner } from '../../lib/line-scanner.ts';

interface CpuLine {
  readonly cpu: number;
  /** In hundredths of a second, in the order of proc_stat(5). Kernels added columns at the end. */
  readonly ticks: readonly number[];
}

interface ParsedStat {
  /** Online CPUs only. */
  readonly lines: readonly CpuLine[];
  readonly malformed: number;
}

const ALL_CPUS = 'cpu';
/** user, nice, system and idle are there since Linux 2.4. */
const FEWEST_COLUMNS = 4;

/** `stat` (kernel: `show_stat`) up to its last `cpu` line; what follows can be hundreds of kilobytes of interrupts. */
export function parseStat(bytes: Uint8Array): ParsedStat {
  const scanner = new LineScanner(bytes);
  const lines: CpuLine[] = [];
  let malformed = 0;
  while (scanner.nextLine()) {
    const word = scanner.word();
    if (word === ALL_CPUS) continue;
    if (!word.startsWith(ALL_CPUS)) break;
    const cpu = /^cpu(\d{1,6})$/.exec(word);
    const ticks: number[] = [];
    while (!scanner.atLineEnd()) ticks.push(scanner.integer());
    if (!cpu || ticks.length < FEWEST_COLUMNS || !ticks.every((each) => each >= 0)) malformed++;
    else lines.push({ cpu: Number(cpu[1]), ticks });
  }
  return { lines, malformed };
}
