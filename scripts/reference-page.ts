import { stringify } from 'yaml';
import type { AnyComponent } from '../src/component.ts';
import { boundsOf } from '../src/config/messages.ts';
import type { Registry } from '../src/config/model.ts';
import { fullSchemaOf, NOUN_OF, SECTIONS, type Section } from '../src/config/schemas.ts';
import type { Schema } from '../src/schema.ts';
import { cell, sentSection } from './emits-tables.ts';

export const NOTICE = '<!-- Made by `npm run generate` from the component; change it there. -->';

/** The reference page of one component, in Markdown. */
export function componentPage(section: Section, component: AnyComponent): string {
  const rows = Object.entries(fullSchemaOf(component).properties).flatMap(([name, field]) =>
    fieldRows(name, field, component.schema.required?.includes(name) ?? false),
  );
  const table = ['| field | type | default | allowed | what it does |', '|---|---|---|---|---|', ...rows];
  return `${[
    NOTICE,
    `# \`${component.id}\` (${NOUN_OF[section]})`,
    component.summary,
    component.description.trim(),
    '## Configuration',
    table.join('\n'),
    '## Example',
    `\`\`\`yaml\n${stringify({ [section]: { [component.id]: component.example } }).trimEnd()}\n\`\`\``,
    ...('emits' in component ? [sentSection(component)] : []),
  ].join('\n\n')}\n`;
}

/** The list of all components, each with its page. */
export function indexPage(registry: Registry): string {
  const lists = SECTIONS.map((section) => {
    const components: readonly AnyComponent[] = registry[section];
    const lines = components.map(({ id, summary }) => `- [\`${id}\`](${section}/${id}.md): ${summary}`);
    return `## ${section}\n\n${lines.join('\n')}`;
  });
  const schema =
    'The whole file is described by [pipeline.schema.json](pipeline.schema.json), which editors use for completion ' +
    'when the file begins with `# yaml-language-server: $schema=PATH_OR_URL`.';
  const telemetry =
    'Every metric, event and attribute, with unit and source, is in [telemetry.md](telemetry.md).';
  const lines = 'The language of a line of your own is in [line-format.md](line-format.md).';
  return `${[NOTICE, '# Reference', schema, telemetry, lines, ...lists].join('\n\n')}\n`;
}

/** A field's row, and those of what is inside of it: `queue.size`, `headers.*`, `rules[].port`. */
function fieldRows(name: string, field: Schema, isRequired: boolean): string[] {
  const cells = [
    `\`${name}\``,
    typeName(field),
    fallback(field, isRequired),
    allowed(field),
    field.description,
  ];
  const own = `| ${cells.map(cell).join(' | ')} |`;
  if (field.type === 'array' && field.items.type === 'object') {
    return [own, ...innerRows(`${name}[]`, field.items)];
  }
  return field.type === 'object' ? [own, ...innerRows(name, field)] : [own];
}

function innerRows(name: string, schema: Extract<Schema, { type: 'object' }>): string[] {
  if (schema.properties === undefined) return fieldRows(`${name}.*`, schema.additionalProperties, false);
  const required = schema.required ?? [];
  return Object.entries(schema.properties).flatMap(([inner, field]) =>
    fieldRows(`${name}.${inner}`, field, required.includes(inner)),
  );
}

function typeName(field: Schema): string {
  if (field.type === 'array') return `list of ${typeName(field.items)}`;
  if (field.type === 'object') return field.properties === undefined ? 'map' : 'object';
  if (field.type !== 'string') return field.type;
  if (field.format !== undefined) return field.format;
  return field.secret ? 'text, secret' : 'text';
}

function fallback(field: Schema, isRequired: boolean): string {
  if (isRequired) return '**required**';
  if (field.default === undefined || field.type === 'object') return '';
  return `\`${typeof field.default === 'string' ? field.default : JSON.stringify(field.default)}\``;
}

function allowed(field: Schema): string {
  if (field.type === 'array') {
    const { minItems, maxItems } = field;
    const count =
      maxItems === undefined ? minItems && `${minItems} or more` : `${minItems ?? 0} to ${maxItems}`;
    return [count ? `${count} entries` : '', allowed(field.items)].filter((text) => text !== '').join('; ');
  }
  if (field.type === 'string' && field.format === undefined) {
    if (field.enum !== undefined) {
      const choices = field.enum.map((choice) => `\`${choice}\``).join(', ');
      return field.orElse === undefined ? choices : `${choices}, or ${field.orElse.meaning}`;
    }
    return field.pattern === undefined ? '' : `\`${field.pattern}\``;
  }
  return boundsOf(field) ?? '';
}
