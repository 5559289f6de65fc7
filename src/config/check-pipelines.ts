import { nearestName } from '../lib/nearest-name.ts';
import type { Declared } from './check-components.ts';
import { checkFields, fieldsOf } from './check-fields.ts';
import { complete } from './complete.ts';
import type { Secrets } from './find-secrets.ts';
import { suggestion } from './messages.ts';
import type { Pipeline } from './model.ts';
import { NAME_PATTERN, NOUN_OF, PIPELINE_SCHEMA, SECTIONS, type Section } from './schemas.ts';
import { show, showNames, showWithType } from './show.ts';
import {
  type ConfigNode,
  entryOf,
  errorAt,
  type Finding,
  isFaulty,
  type MapEntry,
  plainValue,
} from './tree.ts';

const NAME = new RegExp(`^${NAME_PATTERN}$`);

export type DeclaredSections = Readonly<Record<Section, Declared>>;

/** Checks `pipelines`: each by itself, then its references. Only pipelines without a mistake are returned. */
export function checkPipelines(
  entry: MapEntry,
  declared: DeclaredSections,
  secrets: Secrets,
  findings: Finding[],
): ReadonlyMap<string, Pipeline> {
  const pipelines = new Map<string, Pipeline>();
  if (entry.value.kind !== 'map' || entry.value.entries.length === 0) {
    if (!isFaulty(entry.value)) findings.push(noPipelines(entry));
    return pipelines;
  }
  for (const pipeline of entry.value.entries) {
    if (!NAME.test(pipeline.key)) {
      findings.push(
        errorAt(
          pipeline.keySpan,
          `${show(pipeline.key)} is not a name for a pipeline; allowed: letters, digits and _ . -`,
        ),
      );
    }
    const wrong = [
      ...checkFields(pipeline, PIPELINE_SCHEMA, secrets),
      ...SECTIONS.flatMap((section) => checkReferences(pipeline, section, declared)),
    ];
    findings.push(...wrong);
    if (wrong.length === 0 && !isFaulty(pipeline.value)) {
      pipelines.set(pipeline.key, complete(PIPELINE_SCHEMA, fieldsOf(pipeline)) as Pipeline);
    }
  }
  for (const section of SECTIONS) findings.push(...unused(section, entry.value.entries, declared));
  return pipelines;
}

function noPipelines(entry: MapEntry): Finding {
  const example = 'write one such as "main: { sources: [proc], sinks: [stdout] }"';
  const value = plainValue(entry.value);
  const isEmpty = value === null || entry.value.kind === 'map';
  const what = isEmpty
    ? 'pipelines is empty'
    : `pipelines takes a mapping from names to pipelines, not ${showWithType(value)}`;
  return errorAt(entry.keySpan, `${what}; ${example}`);
}

function checkReferences(pipeline: MapEntry, section: Section, declared: DeclaredSections): Finding[] {
  const { ids, isReadable } = declared[section];
  if (!isReadable) return [];
  return references(pipeline, section).flatMap(({ id, node }) => {
    if (ids.has(id)) return [];
    return [errorAt(node.span, unknownId(id, section, [...ids.keys()], declared))];
  });
}

function unknownId(id: string, section: Section, ids: readonly string[], declared: DeclaredSections): string {
  const home = SECTIONS.find((other) => declared[other].ids.has(id));
  const noun = NOUN_OF[section];
  if (home !== undefined)
    return `"${id}" is a ${NOUN_OF[home]}; name it under ${home} of the pipeline, not under ${section}`;
  const known = ids.length === 0 ? `the file declares no ${section}` : `declared: ${showNames(ids)}`;
  return `the file declares no ${noun} ${show(id)}${suggestion(id, ids)} ${known}`;
}

interface Reference {
  readonly id: string;
  readonly node: ConfigNode;
}

/** The ids that a pipeline names in one of its lists, as far as they can be read. */
function references(pipeline: MapEntry, section: Section): Reference[] {
  const list = entryOf(pipeline.value, section)?.value;
  if (list?.kind !== 'list') return [];
  return list.items.flatMap((node) =>
    node.kind === 'scalar' && !isFaulty(node) && typeof node.value === 'string'
      ? [{ id: node.value, node }]
      : [],
  );
}

/** Warns of components that no pipeline names; not where a mistake in a pipeline may be why. */
function unused(section: Section, pipelines: readonly MapEntry[], declared: DeclaredSections): Finding[] {
  const { ids, typed } = declared[section];
  if (!pipelines.every((pipeline) => isReadable(pipeline, section))) return [];
  const named = new Set(pipelines.flatMap((pipeline) => references(pipeline, section).map(({ id }) => id)));
  const meant = [...named].filter((id) => !ids.has(id)).map((id) => nearestName(id, [...ids.keys()]));
  return [...ids.values()]
    .filter(({ key }) => typed.has(key) && !named.has(key) && !meant.includes(key))
    .map(({ key, keySpan }) => ({
      severity: 'warning' as const,
      span: keySpan,
      message: `no pipeline names the ${NOUN_OF[section]} ${show(key)}, so it does not run`,
    }));
}

/** Whether a pipeline says which components it names: its list holds texts, or may rightly be absent or empty. */
function isReadable(pipeline: MapEntry, section: Section): boolean {
  if (pipeline.value.kind !== 'map') return false;
  const list = entryOf(pipeline.value, section)?.value;
  if (list === undefined) return section === 'processors';
  if (list.kind === 'list' && list.items.length === 0 && section !== 'processors') return false;
  return list.kind === 'list' && references(pipeline, section).length === list.items.length;
}
