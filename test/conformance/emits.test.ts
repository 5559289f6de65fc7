import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stabilityOf } from '../../scripts/lib/semantic-conventions.ts';
import type { Processor, Source } from '../../src/component.ts';
import type { AttributeSpec } from '../../src/model/emits.ts';
import { registry } from '../../src/registry.ts';
import { processed, recordedBatches } from './recordings.ts';
import { faultsOf } from './stated.ts';

/** What no recording has, and why. An entry that some recording meets after all is a failure too. */
const NOT_RECORDED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  proc: {
    'lagpipe.sockstat.<protocol>.<field>': 'for figures that no kernel has yet',
    'lagpipe.softnet.row': 'before Linux 5.14, without the collector cpu: decode-host.test.ts',
  },
  linkerd: {
    'lagpipe.linkerd.failures':
      'no client of the fixture has failed: decode.test.ts has one whose parts have',
    'lagpipe.linkerd.transit_latency.max': 'nothing was recorded there in the minute of the fixture',
    'lagpipe.linkerd.transit_latency.mean': 'the same',
    'lagpipe.linkerd.transit_latency.min': 'the same',
    'lagpipe.linkerd.transit_latency.quantile': 'the same',
  },
  aggregate: { 'otel.metric.overflow': 'needs more groups than there is room for: aggregate.test.ts' },
  diagnose: {
    'finding lagpipe.finding.explains': 'needs two rules that hold: rules.test.ts',
    'finding lagpipe.finding.missing': 'needs a figure that is not there: rules.test.ts',
  },
};

/** Units of the metrics of semantic conventions that are sent: the package has their names alone. */
const CONVENTIONAL_UNITS: Readonly<Record<string, string>> = {
  'nodejs.eventloop.time': 's',
  'process.cpu.time': 's',
  'process.memory.usage': 'By',
  'system.cpu.time': 's',
  'system.network.connection.count': '{connection}',
  'system.network.errors': '{error}',
  'system.network.io': 'By',
  'system.network.packet.count': '{packet}',
  'system.network.packet.dropped': '{packet}',
};

const components: readonly (Source | Processor)[] = [...registry.sources, ...registry.processors];

for (const component of components) {
  const batches = component.kind === 'source' ? await recordedBatches(component) : processed(component);

  describe(`${component.kind} ${component.id}: what it sends`, () => {
    const met = new Set<string>();
    const faults = batches.flatMap((batch) => faultsOf(component, batch, met));

    it('is what it says that it sends', () => {
      assert.deepEqual([...new Set(faults)], []);
    });

    it('is all that it says, as far as it is recorded', () => {
      const excused = NOT_RECORDED[component.id] ?? {};
      const missing = namesOf(component).filter((name) => !met.has(name));
      assert.deepEqual(missing.toSorted(), Object.keys(excused).toSorted());
    });

    it('is described in one sentence, with a unit', () => {
      for (const { name, unit, description } of component.emits.metrics) {
        assert.match(description, /^\S.{9,}$/, name);
        assert.match(unit, /^(1|s|us|ms|By|bit\/s|<unit>|\{[a-z]+\}(\/s)?)$/, name);
      }
      for (const { name, description } of component.emits.events)
        assert.match(description, /^[A-Z].*\.$/, name);
      for (const { name, kind, unit } of attributesOf(component)) {
        assert.match(unit, /^(|1|s|By|\{[a-z]+\})$/, name);
        if (kind !== 'number') assert.equal(unit, '', `${name} is no number and has a unit`);
      }
    });

    it('has names of the semantic conventions, or of lagpipe', () => {
      for (const spec of component.emits.metrics) assert.equal(objectionTo('metric', spec), undefined);
      for (const spec of attributesOf(component)) assert.equal(objectionTo('attribute', spec), undefined);
      for (const { name, unit } of component.emits.metrics) {
        if (stabilityOf('metric', name) !== undefined) assert.equal(unit, CONVENTIONAL_UNITS[name], name);
      }
    });
  });
}

it('a name has one type and unit, whoever sends it', () => {
  const known = new Map<string, string>();
  for (const { name, kind, unit } of components.flatMap(attributesOf)) {
    const type = `${kind} ${unit}`;
    assert.equal(known.get(name) ?? type, type, name);
    known.set(name, type);
  }
});

function attributesOf({ emits }: Source | Processor): readonly AttributeSpec[] {
  const sent = [...emits.metrics, ...emits.events].flatMap(({ attributes }) => attributes);
  return [...sent, ...(emits.resource ?? [])];
}

/**
 * Every name that can be met: metrics, attributes of points, events, and each event with each of its attributes. Which
 * attribute stands at which metric is not asked for: not every scope of a proxy has every figure.
 */
function namesOf({ emits }: Source | Processor): readonly string[] {
  const { metrics, events } = emits;
  const ofPoints = metrics.flatMap(({ attributes }) => attributes.map(({ name }) => name));
  return [
    ...new Set([...metrics.map(({ name }) => name), ...ofPoints]),
    ...events.flatMap(({ name, attributes }) => [name, ...attributes.map((each) => `${name} ${each.name}`)]),
  ];
}

function objectionTo(
  kind: 'metric' | 'attribute',
  { name, origin }: { readonly name: string; readonly origin?: string },
): string | undefined {
  if (origin !== undefined || name.startsWith('lagpipe.')) return undefined;
  const stability = stabilityOf(kind, name);
  if (stability === 'deprecated') return `${name} is deprecated`;
  return stability === undefined ? `${name} is not in the semantic conventions` : undefined;
}
