import type { Batch } from '../batch.ts';
import { type LineFormat, parseLineFormat } from './line-format.ts';
import { LineWriter } from './line-writer.ts';

/** What a sink's `format` may be besides the names of its own formats. */
export const LINE_FORMAT = { pattern: '%', meaning: 'a line with `%keywords`' } as const;

/** The fields of a sink's config that go with a line format. */
export const LINE_FORMAT_FIELDS = {
  not_found: {
    type: 'string',
    default: '-',
    description: 'In a line with keywords: what is written for a value that an event does not have.',
  },
  unprintable: {
    type: 'string',
    enum: ['auto', 'keep', 'dots', 'hex'],
    default: 'auto',
    description:
      'In a line with keywords: what becomes of control characters and bytes above 0x7e in values. `dots` writes `.`, ' +
      '`hex` writes `[0x1b]`, `keep` leaves them; `auto` is `dots` on a terminal, which packets must not control, else `keep`.',
  },
} as const;

/** What the reference pages of the sinks say about line formats. */
export const LINE_FORMAT_DESCRIPTION = `
**A line with \`%keywords\`** is Justniffer's language: \`format: "%request.timestamp %dest.ip %response.time"\` writes one
line for each exchange (\`http.exchange\`, \`tcp.exchange\`). [All keywords](../line-format.md). \`%{attribute}\` writes
any attribute, so that \`format: "%{time} %{network.peer.address} %{lagpipe.tcp.connect.duration}"\` writes the events of
other sources as well: those that have at least one of the attributes. What a format does not write is rejected as
\`format_shows_only_exchanges\`, \`format_shows_other_events\` or \`format_shows_no_metrics\`.
`.trim();

interface LineFormatConfig {
  readonly format: string;
  readonly not_found: string;
  readonly unprintable: 'auto' | 'keep' | 'dots' | 'hex';
}

/** Whether the sink's format is a line format and not the name of one. */
export function isLineFormat(format: string): boolean {
  return format.includes('%');
}

/** For a sink's `check`: everything that is wrong with its line format. */
export function lineFormatProblems({ format, not_found: notFound }: Omit<LineFormatConfig, 'unprintable'>) {
  if (!isLineFormat(format)) return [];
  return parseLineFormat(format, notFound).problems.map(({ position, message }) => ({
    path: ['format'],
    message: `${message} (character ${position} of the format)`,
  }));
}

/** For a sink's `reads`: the attributes that its lines show; undefined when it has no line format. */
export function lineFormatReads(config: LineFormatConfig): readonly string[] | undefined {
  return isLineFormat(config.format) ? formatOf(config).attributes : undefined;
}

export function lineWriterOf(config: LineFormatConfig, isTerminal: boolean): LineWriter {
  const { unprintable } = config;
  const automatic = isTerminal ? 'dots' : 'keep';
  return new LineWriter(formatOf(config), unprintable === 'auto' ? automatic : unprintable);
}

/** For `dry-run`: the lines as a text. */
export function linesText(writer: LineWriter, batch: Batch): string {
  const { bytes, rejected } = writer.write(batch);
  if (rejected !== undefined) return `(nothing: ${Object.keys(rejected).join(', ')})\n`;
  return Buffer.from(bytes).toString();
}

function formatOf({ format, not_found: notFound }: LineFormatConfig): LineFormat {
  return parseLineFormat(format, notFound).format;
}
