import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { stabilityOf } from '../../scripts/lib/semantic-conventions.ts';
import type { AttributeSpec, EventSpec, MetricSpec } from '../../src/model/emits.ts';
import { KEYWORDS } from '../../src/model/line-format/keywords.ts';
import { aggregate } from '../../src/processors/aggregate/index.ts';
import { METERED } from '../../src/processors/diagnose/event-meters.ts';
import { FIGURES, type Figure } from '../../src/processors/diagnose/figures.ts';
import { registry } from '../../src/registry.ts';
import { defaultColumns } from '../../src/sinks/stdout/table/event-columns.ts';
import { ROOT } from '../root.ts';
import { matching } from './stated.ts';

const emitting = [...registry.sources, ...registry.processors];
/** Those whose names are known beforehand. */
const metrics: readonly MetricSpec[] = emitting
  .flatMap(({ emits }) => emits.metrics)
  .filter(({ name }) => name.startsWith('lagpipe.') || stabilityOf('metric', name) !== undefined);
const events: readonly EventSpec[] = emitting.flatMap(({ emits }) => emits.events);

function attributesOf(event: string): readonly AttributeSpec[] {
  return events.filter(({ name }) => name === event).flatMap(({ attributes }) => attributes);
}

describe('what reads a name reads one that is sent', () => {
  const figures: readonly (readonly [string, Figure])[] = Object.entries(FIGURES);
  for (const [id, { from }] of figures) {
    const own = from.filter(({ metric }) => /^(lagpipe|system)\./.test(metric) && !METERED.includes(metric));
    if (own.length === 0) continue;
    it(`the figure ${id} of diagnose`, () => {
      for (const { metric, where = {} } of own) {
        assert.ok(matching(metrics, metric), `nothing sends ${metric}`);
        const sent = metrics.filter(({ name }) => name === metric);
        const known = sent.flatMap(({ attributes }) => attributes);
        for (const name of Object.keys(where)) assert.ok(matching(known, name), `${metric} has no ${name}`);
      }
    });
  }

  it("the keywords of Justniffer's language", () => {
    const known = [...attributesOf('http.exchange'), ...attributesOf('tcp.exchange')];
    for (const [keyword, { attribute }] of KEYWORDS) {
      assert.ok(matching(known, attribute) || /header\.$/.test(attribute), `%${keyword}: ${attribute}`);
    }
  });

  it('the columns of rows, of which some events lack some', () => {
    const known = events.flatMap(({ attributes }) => attributes);
    const columns = events.flatMap(({ name }) => Object.values(defaultColumns(name)));
    assert.ok(columns.length > 20);
    for (const column of columns) {
      const names = column.includes('{')
        ? [...column.matchAll(/\{([\w.]+)\}/g)].map(([, name]) => name)
        : [column];
      for (const name of names) assert.ok(name === 'time' || matching(known, name), name);
    }
  });
});

interface Aggregated {
  readonly name: string;
  readonly unit?: string;
  readonly from_events?: readonly string[];
  readonly attribute?: string;
  readonly group_by?: readonly string[];
}

describe('metrics that are aggregated from events', () => {
  const folder = join(ROOT, 'pipelines');
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const configs: readonly (readonly [
    string,
    { readonly group_by?: readonly string[]; readonly metrics: readonly Aggregated[] },
  ])[] = [
    ['the example', aggregate.example as never],
    ...files.flatMap((file) =>
      Object.entries(parse(readFileSync(join(folder, file), 'utf8')).processors ?? {})
        .filter(([id]) => id.split('/')[0] === 'aggregate')
        .map(([, config]) => [file, config as never] as const),
    ),
  ];
  for (const [where, config] of configs) {
    it(`${where}: names of the conventions or of lagpipe, from attributes that are sent`, () => {
      for (const {
        name,
        from_events: from = [],
        attribute,
        group_by = config.group_by ?? [],
      } of config.metrics) {
        if (!name.startsWith('lagpipe.')) {
          assert.match(String(stabilityOf('metric', name)), /^(stable|development)$/, name);
        }
        for (const event of from) {
          const known = attributesOf(event);
          assert.notEqual(known.length, 0, event);
          for (const read of [...group_by, ...(attribute === undefined ? [] : [attribute])]) {
            assert.ok(matching(known, read), `${event} has no ${read}`);
          }
        }
      }
    });
  }
});
