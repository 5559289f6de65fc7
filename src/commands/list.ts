import type { AnyComponent } from '../component.ts';
import { registry } from '../registry.ts';
import { EXIT_OK } from './exit-codes.ts';
import { print } from './print.ts';

export const COMPONENT_KINDS = ['sources', 'processors', 'sinks'] as const;

/** `lagpipe list [KIND]`: every component that a pipeline file can name, with what it is for. */
export async function list(kind: (typeof COMPONENT_KINDS)[number] | undefined): Promise<number> {
  const kinds = kind === undefined ? COMPONENT_KINDS : [kind];
  const width = Math.max(...kinds.flatMap((each) => registry[each].map(({ id }: AnyComponent) => id.length)));
  const sections = kinds.map((each) => {
    const lines = registry[each].map(
      ({ id, summary }: AnyComponent) => `  ${id.padEnd(width)}  ${summary}\n`,
    );
    return `${each}\n${lines.join('')}`;
  });
  await print(sections.join('\n'));
  return EXIT_OK;
}
