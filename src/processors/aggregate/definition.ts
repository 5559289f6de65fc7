import type { ConfigProblem } from '../../component.ts';
import type { ConfigOf, ObjectSchema } from '../../schema.ts';

export const KINDS = ['count', 'sum', 'histogram', 'last', 'min', 'max', 'mean'] as const;

const NAME = { type: 'string', description: 'A name.', minLength: 1 } as const;
const GROUP_BY = {
  type: 'array',
  items: { type: 'string', description: "An attribute's name.", minLength: 1 },
  maxItems: 16,
  uniqueItems: true,
} as const;

const METRIC = {
  type: 'object',
  description: 'One metric to make.',
  required: ['name', 'kind'],
  properties: {
    name: { ...NAME, description: "The metric's name." },
    kind: {
      type: 'string',
      enum: KINDS,
      description:
        '`count`: how many. `sum`: the values added up. `histogram`: an exponential histogram of the values. `last`, `min`, `max`, `mean`: a gauge of the values of the interval.',
    },
    from_events: {
      type: 'array',
      items: { type: 'string', description: "An event's name, such as `http.exchange`.", minLength: 1 },
      description: 'Made from the events of these names.',
      minItems: 1,
      maxItems: 32,
      uniqueItems: true,
    },
    from_metric: { ...NAME, description: 'Made from the points of the metric of this name.' },
    attribute: {
      ...NAME,
      description:
        'Of events: the attribute that has the value. An event without it counts for nothing. Only `count` can do without.',
    },
    unit: {
      type: 'string',
      minLength: 1,
      description:
        'UCUM: `s`, `By`, `{request}`. Without it: `{event}` for `count`, the unit of `from_metric`, or `1`.',
    },
    description: { type: 'string', description: 'For people, in the metric.', default: '' },
    group_by: { ...GROUP_BY, description: 'Attributes of this metric, in place of those that hold for all.' },
  },
} as const satisfies ObjectSchema;

export const schema = {
  type: 'object',
  description: 'Which metrics to make of what.',
  required: ['metrics'],
  properties: {
    metrics: {
      type: 'array',
      description: 'The metrics to make.',
      items: METRIC,
      minItems: 1,
      maxItems: 100,
    },
    group_by: {
      ...GROUP_BY,
      description: 'One series for each combination of the values of these attributes. Empty: one series.',
      default: [],
    },
    interval: {
      type: 'string',
      format: 'duration',
      description: 'How often the metrics are sent on.',
      default: '10s',
      minDuration: '100ms',
      maxDuration: '24h',
    },
    max_groups: {
      type: 'integer',
      description:
        'How many series a metric may have in one interval. What belongs to further ones counts in one with the attribute `otel.metric.overflow`.',
      default: 2000,
      minimum: 2,
      maximum: 1_000_000,
    },
    keep_events: {
      type: 'boolean',
      description: 'Whether the events and metrics that were counted go on as well.',
      default: false,
    },
    keep_other_events: {
      type: 'boolean',
      description:
        'Whether events that no metric is made from go on. If not, they count as dropped (`not_aggregated`), and a source need not make what only they have.',
      default: true,
    },
  },
} as const satisfies ObjectSchema;

export type AggregateConfig = ConfigOf<typeof schema>;

/** One metric to make, complete. */
export interface Definition {
  readonly name: string;
  readonly kind: (typeof KINDS)[number];
  readonly unit: string | undefined;
  readonly description: string;
  readonly groupBy: readonly string[];
  readonly events: ReadonlySet<string>;
  readonly metric: string | undefined;
  readonly attribute: string | undefined;
}

export function definitionsOf({ metrics, group_by: common }: AggregateConfig): readonly Definition[] {
  return metrics.map((metric) => ({
    name: metric.name,
    kind: metric.kind,
    unit: metric.unit,
    description: metric.description,
    groupBy: metric.group_by ?? common,
    events: new Set(metric.from_events),
    metric: metric.from_metric,
    attribute: metric.attribute,
  }));
}

/** Which fields go together. */
export function check({ metrics }: AggregateConfig): readonly ConfigProblem[] {
  const names = new Set<string>();
  return metrics.flatMap((metric, index) => {
    const problems: ConfigProblem[] = [];
    const refuse = (field: string, message: string) =>
      problems.push({ path: ['metrics', index, field], message });
    const { name, kind, attribute, from_events: events, from_metric: from } = metric;
    if ((events === undefined) === (from === undefined)) {
      refuse('name', `"${name}" needs either from_events or from_metric, to say what it is made from`);
    } else if (events !== undefined && attribute === undefined && kind !== 'count') {
      refuse('kind', `a ${kind} of events needs attribute, to say of which value`);
    }
    if (from !== undefined && attribute !== undefined) {
      refuse('attribute', 'has no meaning with from_metric, whose points have one value each');
    }
    if (from === name) refuse('from_metric', `is the name of the metric that is made of it: "${name}"`);
    if (names.has(name)) refuse('name', `there are two metrics of the name "${name}"`);
    names.add(name);
    return problems;
  });
}
