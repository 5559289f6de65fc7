import type { HttpFailure } from '../http-failure.ts';

export const ACCEPT_TEXT =
  'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,text/plain;q=0.3,*/*;q=0.1';

export function isOpenMetrics(contentType: string): boolean {
  return /^application\/openmetrics-text\b/i.test(contentType);
}

/** What is no exposition at first sight. Many exporters send theirs without a type, or as any kind of text. */
export function objectionTo(body: Buffer, contentType: string): HttpFailure | undefined {
  const begins = body.subarray(0, 200).toString('latin1').trimStart();
  const isPage = /^<(!doctype|html|\?xml)/i.test(begins) || /^text\/html\b/i.test(contentType);
  const isOther = /^application\/(?!openmetrics-text\b|octet-stream\b|vnd\.google\.protobuf\b)/i.test(
    contentType,
  );
  if (isPage || isOther) {
    const what = isPage ? 'an HTML page' : contentType.split(';', 1)[0];
    return {
      kind: 'failure',
      detail: `answers with ${what}, not with metrics`,
      remedy: 'check the path, usually /metrics',
    };
  }
  if (isOpenMetrics(contentType) && !/(^|\n)# EOF\n?$/.test(body.subarray(-20).toString('latin1'))) {
    return {
      kind: 'failure',
      detail: 'answers in OpenMetrics without its last line, # EOF, so some may be missing',
      remedy: 'look at the server, or at a proxy',
    };
  }
  return undefined;
}
