import { LINE_FORMAT, LINE_FORMAT_FIELDS } from '../../model/line-format/config.ts';
import type { ConfigOf } from '../../schema.ts';

export const schema = {
  type: 'object',
  description: 'Which file to write, and in which format.',
  required: ['path'],
  properties: {
    path: {
      type: 'string',
      minLength: 1,
      description: 'The file. A relative path begins where lagpipe was started.',
    },
    format: {
      type: 'string',
      enum: ['ndjson', 'otlp_json'],
      orElse: LINE_FORMAT,
      default: 'ndjson',
      description:
        '`ndjson`: one JSON object per record, as `stdout` writes with `format: json`. `otlp_json`: one OTLP JSON ' +
        'object per batch, as the Collector’s file exporter writes and its `otlpjsonfile` receiver reads. ' +
        'A line with `%keywords`: one such line per exchange, as Justniffer prints with `-l`.',
    },
    ...LINE_FORMAT_FIELDS,
    append: {
      type: 'boolean',
      default: true,
      description: 'Whether to keep what the file already holds; `false` empties it at the start.',
    },
    create_directory: {
      type: 'boolean',
      default: true,
      description: 'Whether to create the directories above the file that are not there.',
    },
    flush_interval: {
      type: 'string',
      format: 'duration',
      default: '1s',
      minDuration: '10ms',
      maxDuration: '1h',
      description:
        'Every batch is handed to the operating system at once and can be read at once. After at most this long it ' +
        'is also forced onto the disk (fdatasync), so that a power failure costs no more than that.',
    },
    rotation: {
      type: 'object',
      description:
        'Starts a new file before one grows too large: `x` becomes `x.1`, `x.1` becomes `x.2`. Without it, one file grows.',
      properties: {
        max_size: {
          type: 'string',
          format: 'size',
          default: '100MiB',
          minSize: '1KiB',
          maxSize: '1000GiB',
          description: 'The largest size of a file. Only a single line that is larger goes beyond it.',
        },
        max_files: {
          type: 'integer',
          default: 10,
          minimum: 1,
          maximum: 1000,
          description: 'How many old files to keep beside the current one; the oldest is deleted.',
        },
      },
    },
  },
} as const;

export type FileConfig = ConfigOf<typeof schema>;
