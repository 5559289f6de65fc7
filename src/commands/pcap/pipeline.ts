import { loadConfig } from '../../config/load.ts';
import type { PipelineConfig, Registry } from '../../config/model.ts';
import { COMMON_LOG_FORMAT, parseLineFormat } from '../../model/line-format/line-format.ts';
import { EXCHANGE_EVENTS } from './exchange-events.ts';
import type { PcapOptions } from './options.ts';

/** What is only known when the next request or the close has come. */
const KNOWN_LATER =
  /^lagpipe\.exchange\.(position|close_originator|close_time|close_timestamp|idle_after|session_time)$/;

const TUNNELS = ['vxlan', 'geneve', 'gre', 'ipip'];

/** The pipeline behind `lagpipe pcap`; or, in words, why there is none. */
export function pcapPipeline(
  files: readonly string[],
  options: PcapOptions,
  registry: Registry,
): PipelineConfig | string {
  if (files.length === 0 && options.interface === undefined) {
    return 'name a capture, such as lagpipe pcap capture.pcap, or an interface to listen on: lagpipe pcap -i eth0';
  }
  if (files.length > 0 && options.interface !== undefined) {
    return 'captures and -i exclude each other: read files or listen on an interface';
  }
  const format = lineFormat(options);
  const mistake = format === undefined ? undefined : formatMistake(format, options.notFound);
  if (mistake !== undefined) return mistake;
  const file = {
    sources: { pcap: sourceFields(files, options, format) },
    sinks: { stdout: sinkFields(options, format) },
    pipelines: { pcap: { sources: ['pcap'], sinks: ['stdout'] } },
  };
  // JSON is YAML.
  const text = JSON.stringify(file).replaceAll('$', '$$$$');
  const { config, problems } = loadConfig({ path: 'lagpipe pcap', text }, { environment: {}, registry });
  return config ?? problems.map(({ message }) => message.replace(/^pcap: /, '')).join('\n');
}

function sourceFields(files: readonly string[], options: PcapOptions, format: string | undefined) {
  const { interface: name, packetFilter: filter, captureInTheMiddle, maxTcpStreams, tunnels } = options;
  const attributes = format === undefined ? [] : parseLineFormat(format, '').format.attributes;
  const printsExchangesAlone = options.quiet && !options.json;
  return {
    ...(files.length > 0 && { files }),
    ...(name !== undefined && { interface: name }),
    ...(filter !== undefined && { filter }),
    ...(attributes.some((attribute) => KNOWN_LATER.test(attribute)) && { emit: 'complete' }),
    ...(printsExchangesAlone && { events: EXCHANGE_EVENTS }),
    ...(tunnels && { tunnels: TUNNELS }),
    ...(captureInTheMiddle && { mid_stream: 'all' }),
    ...(maxTcpStreams !== undefined && { max_connections: maxTcpStreams }),
  };
}

function sinkFields(options: PcapOptions, format: string | undefined) {
  if (options.json) return { format: 'json' };
  if (format === undefined) return { format: 'rows' };
  const shown = { unprintable: options.unprintable ? 'dots' : options.hexEncode ? 'hex' : 'auto' };
  return { format, not_found: options.notFound, ...shown };
}

function lineFormat({ logFormat, appendLogFormat, raw }: PcapOptions): string | undefined {
  if (raw) return '%request%response';
  return appendLogFormat === undefined ? logFormat : COMMON_LOG_FORMAT + appendLogFormat;
}

/** Every mistake with the place that it is about underlined. */
function formatMistake(format: string, notFound: string): string | undefined {
  const { problems } = parseLineFormat(format, notFound);
  if (problems.length === 0) return format.includes('%') ? undefined : withoutKeywords(format);
  return problems
    .map(({ position, message }) => {
      const start = Math.max(0, position - 30);
      const shown = format.slice(start, start + 72).replaceAll(/\s/g, ' ');
      const underline = '^'.padStart(position - start);
      return `-l: ${message}\n  ${shown}\n  ${underline}`;
    })
    .join('\n');
}

function withoutKeywords(format: string): string {
  return `-l: "${format}" has no keyword such as %request.url, so all lines would be the same`;
}
