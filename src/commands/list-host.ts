import type { Source } from '../component.ts';
import { messageOf } from '../lib/message-of.ts';
import { textTable } from '../lib/text-table.ts';
import type { HostWay } from '../model/telemetry.ts';
import { registry } from '../registry.ts';
import { EXIT_FAILED } from './exit-codes.ts';
import { print } from './print.ts';

/** One source that measures in the kernel, and what this host allows it. */
export interface SourceWays {
  readonly id: string;
  readonly ways: readonly HostWay[];
}

/** Best first, as they are tried. */
const TIERS = ['tracing', 'kprobe', 'hook'] as const;

/** `lagpipe list --host`: for every part of every eBPF source, which ways to measure it this host allows, by trying. */
export async function listHost(): Promise<number> {
  try {
    const sources = registry.sources.filter((source: Source) => source.probeHost !== undefined);
    const found: SourceWays[] = [];
    for (const { id, probeHost } of sources) found.push({ id, ways: (await probeHost?.()) ?? [] });
    return await print(renderHost(found));
  } catch (error) {
    process.stderr.write(`lagpipe: ${messageOf(error)}\n`);
    return EXIT_FAILED;
  }
}

/** The table, and below it what each way that is used covers, and each refusal once, in full. */
export function renderHost(sources: readonly SourceWays[]): string {
  const columns = ['SOURCE', 'PART', ...TIERS.map((tier) => tier.toUpperCase()), 'USED'].map(
    (header) => ({ header, align: 'left' }) as const,
  );
  const table = textTable(columns, sources.flatMap(rowsOf));
  const covers = sources.flatMap(coversOf);
  const refusals = refusalsOf(sources.flatMap(({ ways }) => ways));
  const paragraphs = [[table.header, ...table.rows], covers, refusals].filter(({ length }) => length > 0);
  return `${paragraphs.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function rowsOf({ id, ways }: SourceWays): string[][] {
  return [...Map.groupBy(ways, (way) => way.part)].map(([part, ofPart]) => [
    id,
    part,
    ...TIERS.map((tier) => cellOf(ofPart.filter((way) => way.tier === tier))),
    usedOf(ofPart)?.attach ?? 'none',
  ]);
}

function usedOf(ways: readonly HostWay[]): HostWay | undefined {
  return ways.find((way) => way.works);
}

function coversOf({ id, ways }: SourceWays): string[] {
  return [...Map.groupBy(ways, (way) => way.part)].flatMap(([part, ofPart]) => {
    const used = usedOf(ofPart);
    return used === undefined ? [] : [`${id} ${part} covers ${used.covers}`];
  });
}

/** A tier can have two ways, for kernels old and new: one that works is enough. */
function cellOf(ways: readonly HostWay[]): string {
  if (ways.length === 0) return '-';
  return ways.some((way) => way.works) ? 'yes' : `no: ${ways[0].code}`;
}

function refusalsOf(ways: readonly HostWay[]): string[] {
  const first = new Map<string, string>();
  for (const { works, attach, code, detail } of ways) {
    const reason = `${attach}, ${code}`;
    if (!works && !first.has(reason)) first.set(reason, `${reason}: ${detail.replace(/[.\s]+$/, '')}`);
  }
  return [...first.values()];
}
