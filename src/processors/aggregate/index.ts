import {
  concat,
  defer,
  from,
  interval,
  merge,
  mergeMap,
  type Observable,
  ReplaySubject,
  takeUntil,
  tap,
} from 'rxjs';
import { defineProcessor } from '../../component.ts';
import type { Batch } from '../../model/batch.ts';
import { OVERFLOW } from '../../model/common-attributes.ts';
import { type AggregateConfig, check, definitionsOf, schema } from './definition.ts';
import { Window } from './window.ts';

export const aggregate = defineProcessor({
  id: 'aggregate',
  summary:
    'Counts events, adds up their values or makes histograms of them: metrics, by attributes, once an interval.',
  description: `
Every \`interval\`, and once more at the end, one batch with the metrics of what came in since then, all of delta
temporality. A metric for which nothing came is left out, and so is everything in an interval without records.

| \`kind\` | metric | of |
|---|---|---|
| \`count\` | sum, monotonic | events; those that have \`attribute\`, where it is given |
| \`sum\` | sum, monotonic | values |
| \`histogram\` | exponential histogram of scale 3: buckets 9 % wide | values |
| \`last\`, \`min\`, \`max\`, \`mean\` | gauge | values |

\`from_events\` names the events whose \`attribute\` is the value. With \`from_metric\` the values are the points of a metric:
gauges, sums of delta temporality, and exponential histograms of delta temporality, which can only become a
histogram again. That gives fewer series: those of \`group_by\` instead of all. What cannot be added up (cumulative points,
histograms with explicit bounds) goes on as it is, and the part is reported as degraded.

A point covers the time from the newest record of the interval before to the newest record of its own, by the clock of the
records. So a capture that is read from a file gives metrics of the time when it was taken.

An attribute of \`group_by\` that a record does not have is left out of its point. Records of different resources are
never added up. Events and metrics that no metric is made from pass unchanged.

**Bounds.** A metric has at most \`max_groups\` series in an interval, first come, first served; one of them is
\`otel.metric.overflow\`, in which all others count, so that totals are right. All is forgotten after each interval. A
sum or a histogram takes no negative values: they are left out, and the part is reported as degraded.
`.trim(),
  emits: {
    metrics: [
      {
        kind: 'any',
        name: '<name>',
        unit: '<unit>',
        description: 'what the config names, of the kind and in the unit that it says',
        attributes: [
          {
            name: '<attribute>',
            kind: 'text',
            unit: '',
            meaning: 'those of `group_by`',
            origin: 'the config',
          },
          OVERFLOW,
        ],
        origin: 'the config',
      },
    ],
    events: [],
  },
  schema,
  example: {
    group_by: ['lagpipe.tcp.outcome'],
    metrics: [
      { name: 'lagpipe.tcp.connects', kind: 'count', from_events: ['tcp.connect'], unit: '{connect}' },
      {
        name: 'lagpipe.tcp.connect.duration',
        kind: 'histogram',
        from_events: ['tcp.connect'],
        attribute: 'lagpipe.tcp.connect.duration',
        unit: 's',
      },
    ],
  },
  check,
  reads: (config) => ({
    attributes: attributesOf(config),
    passesEvents: config.keep_events || config.keep_other_events,
  }),
  create: (config, context) => (source: Observable<Batch>) =>
    defer(() => {
      const window = new Window({
        definitions: definitionsOf(config),
        maxGroups: config.max_groups,
        keepsRecords: config.keep_events,
        keepsOtherEvents: config.keep_other_events,
        context,
      });
      const ended$ = new ReplaySubject<void>(1);
      const flush = () => window.flush();
      return concat(
        merge(
          source.pipe(
            tap({ complete: () => ended$.next() }),
            mergeMap((batch) => window.take(batch)),
          ),
          interval(config.interval, context.scheduler).pipe(takeUntil(ended$), mergeMap(flush)),
        ),
        defer(() => from(flush())),
      );
    }),
});

function attributesOf(config: AggregateConfig): readonly string[] {
  return definitionsOf(config).flatMap(({ groupBy, attribute }) =>
    attribute === undefined ? groupBy : [...groupBy, attribute],
  );
}
