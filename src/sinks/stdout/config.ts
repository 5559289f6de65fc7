import type { ConfigProblem } from '../../component.ts';
import { LINE_FORMAT, LINE_FORMAT_FIELDS, lineFormatProblems } from '../../model/line-format/config.ts';
import type { ConfigOf, ObjectSchema } from '../../schema.ts';

export const schema = {
  type: 'object',
  description: 'Writes what arrives to standard output, for a person or for a program.',
  properties: {
    format: {
      type: 'string',
      enum: ['table', 'rows', 'histogram', 'json', 'debug'],
      orElse: LINE_FORMAT,
      default: 'table',
      description:
        '`table`: a live view on a terminal, a block from time to time elsewhere. `rows`: every event as one row. `histogram`: bars, as netstacklat prints them. `json`: one object per line. `debug`: one line per record, for the eye. A line with `%keywords`: one such line per exchange, as Justniffer prints with `-l`.',
    },
    ...LINE_FORMAT_FIELDS,
    refresh: {
      type: 'string',
      format: 'duration',
      default: '1s',
      minDuration: '100ms',
      maxDuration: '1h',
      description: 'How often the format `table` is redrawn on a terminal.',
    },
    report_interval: {
      type: 'string',
      format: 'duration',
      default: '10s',
      minDuration: '100ms',
      maxDuration: '24h',
      description: 'How often the format `table` prints a block where the output is not a terminal.',
    },
    events: {
      type: 'integer',
      default: 10,
      minimum: 0,
      maximum: 1000,
      description: 'How many of the newest events of each name the format `table` lists.',
    },
    columns: {
      type: 'object',
      additionalProperties: {
        type: 'string',
        minLength: 1,
        description:
          "An attribute's name, or a text with names in braces. `{time}` is the time of day, `{*}` all attributes.",
      },
      description:
        'Columns of events in the formats `table` and `rows`, from left to right: header and what stands below it. Without it, `tcp.connect` is listed as tcpconnlat does, other events with all their attributes.',
    },
    count_events_by: {
      type: 'string',
      default: 'lagpipe.tcp.outcome',
      minLength: 1,
      description: 'The attribute by whose values the format `table` counts events since the start.',
    },
    show_zero: {
      type: 'boolean',
      default: false,
      description: 'Whether the format `table` lists counters and gauges that are zero since the start.',
    },
    max_rows: {
      type: 'integer',
      default: 50,
      minimum: 1,
      maximum: 10_000,
      description:
        'How many histograms, and how many counters and gauges, the format `table` lists. A terminal may have room for fewer.',
    },
    max_series: {
      type: 'integer',
      default: 2000,
      minimum: 1,
      maximum: 100_000,
      description:
        'How many series the formats `table` and `histogram` remember. Points of further series are rejected as `series_limit`.',
    },
    buckets_per_octave: {
      type: 'integer',
      default: 1,
      minimum: 1,
      maximum: 8,
      description:
        'Bars per doubling in the format `histogram`: 1, 2, 4 or 8. A histogram that is coarser is shown as it is.',
    },
    accumulate: {
      type: 'boolean',
      default: false,
      description:
        'Whether the format `histogram` shows everything since the start, as netstacklat does, instead of each interval.',
    },
  },
} as const satisfies ObjectSchema;

export type StdoutConfig = ConfigOf<typeof schema>;

export function check(config: StdoutConfig): readonly ConfigProblem[] {
  return [...lineFormatProblems(config), ...bucketProblems(config)];
}

/** Buckets are joined by powers of two, which a range of integers cannot say. */
function bucketProblems({ buckets_per_octave: buckets }: StdoutConfig): readonly ConfigProblem[] {
  if (Number.isInteger(Math.log2(buckets))) return [];
  return [{ path: ['buckets_per_octave'], message: `must be 1, 2, 4 or 8, but is ${buckets}` }];
}
