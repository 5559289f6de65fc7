import type { HttpFailure } from '../http-failure.ts';

export type BodyFormat = 'text' | 'openmetrics' | 'protobuf';

const TEXT =
  'application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,text/plain;q=0.3,*/*;q=0.1';
const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';

/** What to ask a target for. Only protobuf has native histograms; to read it costs several times as much as text. */
export function acceptOf(nativeHistograms: boolean): string {
  return nativeHistograms ? `${PROTOBUF},${TEXT}` : TEXT;
}

export function formatOf(contentType: string): BodyFormat {
  if (/^application\/openmetrics-text\b/i.test(contentType)) return 'openmetrics';
  return /^application\/vnd\.google\.protobuf\b/i.test(contentType) ? 'protobuf' : 'text';
}

/** What is no exposition at first sight. Many exporters send theirs without a type, or as any kind of text. */
export function objectionTo(body: Buffer, contentType: string): HttpFailure | undefined {
  const format = formatOf(contentType);
  if (format === 'protobuf') return undefined;
  const begins = body.subarray(0, 200).toString('latin1').trimStart();
  const isPage = /^<(!doctype|html|\?xml)/i.test(begins) || /^text\/html\b/i.test(contentType);
  const isOther = /^application\/(?!openmetrics-text\b|octet-stream\b)/i.test(contentType);
  if (isPage || isOther) {
    const what = isPage ? 'an HTML page' : contentType.split(';', 1)[0];
    return {
      kind: 'failure',
      detail: `answers with ${what}, not with metrics`,
      remedy: 'check the path, usually /metrics',
    };
  }
  if (format === 'openmetrics' && !/(^|\n)# EOF\n?$/.test(body.subarray(-20).toString('latin1'))) {
    return {
      kind: 'failure',
      detail: 'answers in OpenMetrics without its last line, # EOF, so some may be missing',
      remedy: 'look at the server, or at a proxy',
    };
  }
  return undefined;
}
