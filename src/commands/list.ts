import type { AnyComponent } from '../component.ts';
import { textTable } from '../lib/text-table.ts';
import { registry } from '../registry.ts';
import { print } from './print.ts';

const COMPONENT_KINDS = ['sources', 'processors', 'sinks'] as const;
const COMPONENTS: readonly AnyComponent[] = COMPONENT_KINDS.flatMap(
  (kind): readonly AnyComponent[] => registry[kind],
);

/** What `lagpipe list` can be asked for: a kind of component, or one component. */
export const LISTED: readonly string[] = [...COMPONENT_KINDS, ...COMPONENTS.map(({ id }) => id)];

/** `lagpipe list [WHAT]`: every component that a pipeline file can name, with what it is for; or one, with what it sends. */
export async function list(what: string | undefined): Promise<number> {
  const component = COMPONENTS.find(({ id }) => id === what);
  const kinds = COMPONENT_KINDS.filter((kind) => what === undefined || kind === what);
  return print(component === undefined ? overview(kinds) : componentText(component));
}

function overview(kinds: readonly (typeof COMPONENT_KINDS)[number][]): string {
  const width = Math.max(...kinds.flatMap((each) => registry[each].map(({ id }: AnyComponent) => id.length)));
  const sections = kinds.map((each) => {
    const lines = registry[each].map(
      ({ id, summary }: AnyComponent) => `  ${id.padEnd(width)}  ${summary}\n`,
    );
    return `${each}\n${lines.join('')}`;
  });
  return sections.join('\n');
}

/** A component's summary, and the metrics and events that it can send. */
export function componentText(component: AnyComponent): string {
  const head = `${component.kind} ${component.id}: ${component.summary}\n`;
  if (component.kind === 'sink') return head;
  const { events, metrics } = component.emits;
  const parts = [
    head,
    tableText(
      'event',
      ['when'],
      events.map(({ name, description }) => [name, description]),
    ),
    tableText(
      'metric',
      ['unit', 'meaning'],
      metrics.map(({ name, unit, description }) => [name, unit, description]),
    ),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** Lines as long as they are: they are to be searched and piped. */
function tableText(first: string, others: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const columns = [first, ...others].map((header) => ({ header, align: 'left' as const }));
  const { header, rows: lines } = textTable(columns, rows);
  return `${[header, ...lines].join('\n')}\n`;
}
