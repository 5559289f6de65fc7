import type { AnyComponent, ConfigProblem } from '../component.ts';
import { checkFields, fieldsOf, isKnown, placeOf, spanOfValue } from './check-fields.ts';
import { complete } from './complete.ts';
import type { Secrets } from './find-secrets.ts';
import { suggestion } from './messages.ts';
import type { Registry } from './model.ts';
import { fullSchemaOf, NAME_PATTERN, NOUN_OF, SECTIONS, type Section } from './schemas.ts';
import { show, showNames, showWithType } from './show.ts';
import { errorAt, type Finding, isFaulty, type MapEntry, plainValue } from './tree.ts';

/** The components that a section declares, right or wrong, so that a reference to a wrong one is no second error. */
export interface Declared<C extends AnyComponent = AnyComponent> {
  readonly ids: ReadonlyMap<string, MapEntry>;
  /** Those whose type exists, so that only their fields can be wrong. */
  readonly typed: ReadonlySet<string>;
  /** Those that are right. */
  readonly valid: ReadonlyMap<string, Valid<C>>;
  /** Whether the section could be read at all; if not, nothing is known about its ids. */
  readonly isReadable: boolean;
}

export interface Valid<C extends AnyComponent> {
  readonly component: C;
  /** Complete, with the fields that the configuration adds to the component's own. */
  readonly config: Readonly<Record<string, unknown>>;
}

const ID = new RegExp(`^([a-z][a-z0-9_]*)(/${NAME_PATTERN})?$`);

/** Checks one of `sources`, `processors` and `sinks`. `node` is absent when the file does not have the section. */
export function checkSection<C extends AnyComponent>(
  section: Section,
  node: MapEntry | undefined,
  registry: Registry,
  components: readonly C[],
  secrets: Secrets,
  findings: Finding[],
): Declared<C> {
  const ids = new Map<string, MapEntry>();
  const typed = new Set<string>();
  const valid = new Map<string, Valid<C>>();
  if (node?.value.kind !== 'map') {
    if (node !== undefined) findings.push(...wrongSection(section, node));
    return { ids, typed, valid, isReadable: node === undefined && section === 'processors' };
  }
  if (node.value.entries.length === 0 && section !== 'processors') {
    findings.push(
      errorAt(node.keySpan, `${section} is empty; a pipeline file needs at least one ${NOUN_OF[section]}`),
    );
  }
  for (const entry of node.value.entries) {
    ids.set(entry.key, entry);
    const type = typeOf(entry, section, registry);
    const component = typeof type === 'string' ? components.find(({ id }) => id === type) : undefined;
    if (typeof type !== 'string') findings.push(type);
    if (component === undefined) continue;
    typed.add(entry.key);
    const result = checkComponent(entry, component, secrets);
    findings.push(...result.findings);
    if (result.config !== undefined) valid.set(entry.key, { component, config: result.config });
  }
  return { ids, typed, valid, isReadable: true };
}

function wrongSection(section: Section, entry: MapEntry): Finding[] {
  if (isFaulty(entry.value)) return [];
  if (entry.value.kind === 'scalar' && entry.value.value === null) {
    if (section === 'processors') return [];
    return [
      errorAt(entry.keySpan, `${section} is empty; a pipeline file needs at least one ${NOUN_OF[section]}`),
    ];
  }
  const seen = showWithType(plainValue(entry.value));
  return [
    errorAt(
      entry.keySpan,
      `${section} takes a mapping from ids to settings (\`type:\` or \`type/name:\`), not ${seen}`,
    ),
  ];
}

/** The component type that an id names, or what is wrong with the id. */
function typeOf({ key, keySpan }: MapEntry, section: Section, registry: Registry): string | Finding {
  const noun = NOUN_OF[section];
  const type = ID.exec(key)?.[1];
  const written = key.split('/', 1)[0];
  const types = registry[section].map(({ id }) => id);
  if (types.includes(written)) {
    if (type !== undefined) return written;
    return errorAt(
      keySpan,
      `${show(key)} is not an id; allowed: "${written}" or "${written}/name", where name has letters, digits and _ . -`,
    );
  }
  const home = SECTIONS.find((other) =>
    (registry[other] as readonly AnyComponent[]).some(({ id }) => id === written),
  );
  if (home !== undefined) {
    return errorAt(keySpan, `"${written}" is a ${NOUN_OF[home]}, not a ${noun}; move it to ${home}`);
  }
  return errorAt(
    keySpan,
    `there is no ${noun} ${show(written)}${suggestion(written, types)} ${section}: ${showNames(types)}`,
  );
}

interface Checked {
  readonly findings: readonly Finding[];
  readonly config?: Readonly<Record<string, unknown>>;
}

function checkComponent(entry: MapEntry, component: AnyComponent, secrets: Secrets): Checked {
  const schema = fullSchemaOf(component);
  const findings = checkFields(entry, schema, secrets);
  if (findings.length > 0 || !isKnown(entry.value)) return { findings };
  const config = complete(schema, fieldsOf(entry)) as Readonly<Record<string, unknown>>;
  const own = complete(component.schema, fieldsOf(entry));
  const problems = component.check?.(own as never) ?? [];
  if (problems.length === 0) return { findings: [], config };
  return { findings: problems.map((problem) => betweenFields(entry, problem)) };
}

/** A rule between fields names a field that may not be written: then it points at the nearest thing around it. */
function betweenFields(entry: MapEntry, { path, message }: ConfigProblem): Finding {
  const field = path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`),
    '',
  );
  const text = field === '' ? `${entry.key}: ${message}` : `${field}: ${message}`;
  for (let length = path.length; length > 0; length--) {
    const place = placeOf(entry, path.slice(0, length));
    if (place !== undefined) return errorAt(spanOfValue(place), text);
  }
  return errorAt(entry.keySpan, text);
}
