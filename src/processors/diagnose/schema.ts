import type { ConfigOf, ObjectSchema, Schema } from '../../schema.ts';
import type { Limit, Rule } from './rule.ts';
import { RULES } from './rules/index.ts';

/** What a user's rule may ask of a metric over the window. */
export const READS = [
  'latest',
  'rate',
  'increase',
  'min',
  'max',
  'count',
  'p50',
  'p90',
  'p99',
  'p999',
] as const;

const USER_RULE = {
  type: 'object',
  description: 'A rule of your own.',
  properties: {
    id: {
      type: 'string',
      description: 'Its name in findings: lower case, digits and _. Not that of a built-in rule.',
      pattern: '^[a-z][a-z0-9_]{0,63}$',
    },
    title: { type: 'string', description: 'What is wrong, in a few words.', minLength: 1 },
    severity: {
      type: 'string',
      description: 'How bad it is while it holds.',
      enum: ['info', 'warn', 'critical'],
      default: 'warn',
    },
    needs: {
      type: 'object',
      description: 'The figures that the condition uses, each by a name of your choice (letters, digits, _).',
      additionalProperties: {
        type: 'object',
        description: 'One figure: which metric, and what of it.',
        properties: {
          metric: { type: 'string', description: "The metric's name.", minLength: 1 },
          attributes: {
            type: 'object',
            description: 'Only the series with these attributes.',
            additionalProperties: { type: 'string', description: 'The value, as a text.' },
            default: {},
          },
          read: {
            type: 'string',
            description:
              'What to take: `latest` value, `rate` per second or `increase` over the window, `min` or `max` of the values in it, for histograms the `count` or a quantile. Series that match are added up (min, max: the least, the largest).',
            enum: READS,
            default: 'latest',
          },
        },
        required: ['metric'],
      },
    },
    by: {
      type: 'string',
      description:
        'An attribute: one finding for each of its values. Figures without it count for all of them. Left out: one finding.',
      minLength: 1,
    },
    when: {
      type: 'string',
      description:
        'The condition, such as `waiting > 10 and failed / requests > 0.01`: numbers, names, + - * /, < <= > >= == !=, and, or, not, brackets, min(), max(), abs(). A rule whose figures are not all there does not hold.',
      minLength: 1,
    },
    cause: { type: 'string', description: 'Why it is so, for whoever reads the finding.', minLength: 1 },
    action: { type: 'string', description: 'What to do about it.', minLength: 1 },
  },
  required: ['id', 'title', 'needs', 'when', 'cause', 'action'],
} as const satisfies ObjectSchema;

export const schema = {
  type: 'object',
  description: 'Which rules, with which limits, over which window.',
  properties: {
    window: {
      type: 'string',
      format: 'duration',
      description:
        'The time that a rule looks at. Until the agent has run for so long, the time since its start.',
      default: '60s',
      minDuration: '2s',
      maxDuration: '1h',
    },
    interval: {
      type: 'string',
      format: 'duration',
      description: 'How often the rules are judged.',
      default: '5s',
      minDuration: '200ms',
      maxDuration: '10m',
    },
    raise_after: {
      type: 'string',
      format: 'duration',
      description: 'How long a rule must hold before it is a finding.',
      default: '10s',
      minDuration: '0s',
      maxDuration: '1h',
    },
    clear_after: {
      type: 'string',
      format: 'duration',
      description: 'How long a rule must not hold before its finding is cleared.',
      default: '30s',
      minDuration: '0s',
      maxDuration: '24h',
    },
    repeat_after: {
      type: 'string',
      format: 'duration',
      description:
        'A finding whose figures doubled or halved is told anew at most this often; a worse one at once. `0s`: every finding, at each interval.',
      default: '5m',
      minDuration: '0s',
      maxDuration: '24h',
    },
    off: {
      type: 'array',
      description: 'Rules that are not judged.',
      items: {
        type: 'string',
        description: 'The id of a rule.',
        enum: RULES.map(({ id }) => id),
      },
      default: [],
      uniqueItems: true,
    },
    limits: {
      type: 'object',
      description: 'Limits in place of the built-in ones.',
      properties: Object.fromEntries(RULES.map((rule) => [rule.id, limitsSchema(rule)])),
    },
    rules: {
      type: 'array',
      description: 'Rules of your own.',
      items: USER_RULE,
      default: [],
      maxItems: 200,
    },
    report_healthy: {
      type: 'boolean',
      description: 'Whether to tell also what is known to be well, as findings of severity `ok`.',
      default: false,
    },
    network_namespace: {
      type: 'string',
      description:
        'Whether to judge figures of all network namespaces, or only those of the one that the agent runs in and those that name none.',
      enum: ['all', 'own'],
      default: 'all',
    },
    pass_through: {
      type: 'boolean',
      description: 'Whether what comes in goes on too. Without it only findings and their metric go on.',
      default: true,
    },
    max_series: {
      type: 'integer',
      description:
        'How many series are remembered, 1.5 kB each. Points of more are counted and not looked at.',
      default: 20_000,
      minimum: 100,
      maximum: 1_000_000,
    },
  },
} as const satisfies ObjectSchema;

export type DiagnoseConfig = ConfigOf<typeof schema>;
export type UserRule = ConfigOf<typeof USER_RULE>;

function limitsSchema({ id, title, limits }: Rule): ObjectSchema {
  const fields = Object.entries(limits).map(([name, limit]): [string, Schema] => [
    name,
    {
      type: 'number',
      description: sentence(limit),
      default: limit.default,
      minimum: 0,
      maximum: 1e12,
    },
  ]);
  return {
    type: 'object',
    description: `Limits of ${id}: ${title}.`,
    properties: Object.fromEntries(fields),
  };
}

/** `Dropped per second ({connection}/s).` */
function sentence({ description, unit }: Limit): string {
  return `${description[0].toUpperCase()}${description.slice(1)} (${unit}).`;
}
