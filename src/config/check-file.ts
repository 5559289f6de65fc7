import type { AnyComponent } from '../component.ts';
import { nearestName } from '../lib/nearest-name.ts';
import type { ConfigOf } from '../schema.ts';
import { checkSection, type Declared, type Valid } from './check-components.ts';
import { checkFields, fieldsOf, isKnown } from './check-fields.ts';
import { checkPipelines } from './check-pipelines.ts';
import { complete } from './complete.ts';
import type { Secrets } from './find-secrets.ts';
import { suggestion } from './messages.ts';
import type { ConfiguredSink, Pipeline, PipelineConfig, Registry } from './model.ts';
import { AGENT_SCHEMA, type QUEUE_SCHEMA, ROOT_KEYS, type Section } from './schemas.ts';
import { show, showNames, showWithType } from './show.ts';
import {
  type ConfigNode,
  entryOf,
  errorAt,
  type Finding,
  isFaulty,
  type MapNode,
  plainValue,
} from './tree.ts';

export interface CheckedFile {
  readonly findings: readonly Finding[];
  /** Without its path; `undefined` when a finding is an error. */
  readonly config?: Omit<PipelineConfig, 'path'>;
}

/** Everything that is wrong with a file whose YAML is right, and its config when nothing is. */
export function checkFile(root: ConfigNode, registry: Registry, secrets: Secrets): CheckedFile {
  if (isFaulty(root)) return { findings: [] };
  if (root.kind !== 'map') return { findings: [wrongRoot(root)] };
  const findings: Finding[] = [...unknownKeys(root), ...missingKeys(root)];
  const section = <C extends AnyComponent>(name: Section, components: readonly C[]): Declared<C> =>
    checkSection(name, entryOf(root, name), registry, components, secrets, findings);
  const sources = section('sources', registry.sources);
  const processors = section('processors', registry.processors);
  const sinks = section('sinks', registry.sinks);
  const agent = checkAgent(root, secrets, findings);
  const pipelinesEntry = entryOf(root, 'pipelines');
  const declared = { sources, processors, sinks };
  const pipelines = pipelinesEntry && checkPipelines(pipelinesEntry, declared, secrets, findings);
  if (pipelines === undefined || findings.some(({ severity }) => severity === 'error')) return { findings };
  return {
    findings,
    config: {
      agent,
      sources: used(sources, 'sources', pipelines, configured),
      processors: used(processors, 'processors', pipelines, configured),
      sinks: used(sinks, 'sinks', pipelines, configuredSink),
      pipelines,
    },
  };
}

function wrongRoot(root: ConfigNode): Finding {
  const value = plainValue(root);
  const needed = `a pipeline file is a mapping with the keys ${ROOT_KEYS.join(', ')}`;
  return errorAt(
    root.span,
    value === null ? `the file is empty; ${needed}` : `${needed}; this is ${showWithType(value)}`,
  );
}

function unknownKeys(root: MapNode): Finding[] {
  const names: readonly string[] = ROOT_KEYS;
  return root.entries
    .filter(({ key }) => !names.includes(key))
    .map(({ key, keySpan }) =>
      errorAt(
        keySpan,
        `${show(key)} is not a section of a pipeline file${suggestion(key, names)} sections: ${showNames(names)}`,
      ),
    );
}

/** A missing section, unless an unknown key is probably it. */
function missingKeys(root: MapNode): Finding[] {
  const misspelt = root.entries.map(({ key }) => nearestName(key, ROOT_KEYS));
  return (['sources', 'sinks', 'pipelines'] as const)
    .filter((name) => entryOf(root, name) === undefined && !misspelt.includes(name))
    .map((name) =>
      errorAt(
        { start: root.span.start, end: root.span.start },
        `the file has no ${name}; sources, sinks and pipelines are needed`,
      ),
    );
}

function checkAgent(root: MapNode, secrets: Secrets, findings: Finding[]): PipelineConfig['agent'] {
  const entry = entryOf(root, 'agent');
  const wrong = entry === undefined ? [] : checkFields(entry, AGENT_SCHEMA, secrets);
  findings.push(...wrong);
  const isUsable = entry !== undefined && wrong.length === 0 && isKnown(entry.value);
  const agent = complete(AGENT_SCHEMA, isUsable ? fieldsOf(entry) : {}) as ConfigOf<typeof AGENT_SCHEMA>;
  const { shutdown_timeout: shutdownTimeoutMillis, resource, telemetry } = agent;
  if (telemetry === undefined) return { shutdownTimeoutMillis, resource };
  const { interval: intervalMillis, ...rest } = telemetry;
  return { shutdownTimeoutMillis, resource, telemetry: { ...rest, intervalMillis } };
}

/** The components that a pipeline names, in the order of their section, made by `configure`. */
function used<C extends AnyComponent, R>(
  declared: Declared<C>,
  section: Section,
  pipelines: ReadonlyMap<string, Pipeline>,
  configure: (id: string, valid: Valid<C>) => R,
): ReadonlyMap<string, R> {
  const named = new Set([...pipelines.values()].flatMap((pipeline) => pipeline[section]));
  return new Map(
    [...declared.valid].filter(([id]) => named.has(id)).map(([id, valid]) => [id, configure(id, valid)]),
  );
}

function configured<C extends AnyComponent>(id: string, { component, config }: Valid<C>) {
  return { id, component, config: config as unknown };
}

function configuredSink(
  id: string,
  { component, config }: Valid<ConfiguredSink['component']>,
): ConfiguredSink {
  const { queue, ...own } = config;
  const { size, when_full } = queue as ConfigOf<typeof QUEUE_SCHEMA>;
  return { id, component, config: own, queue: { size, whenFull: when_full } };
}
