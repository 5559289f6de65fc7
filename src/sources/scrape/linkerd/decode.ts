import type { ComponentContext, Decode } from '../../../component.ts';
import { type GaugeSpec, metricOf } from '../../../model/emits.ts';
import type { Metric } from '../../../model/metric.ts';
import { secondsBetween, type UnixTime, unixTimeFromMillis } from '../../../model/time.ts';
import { type Answer, readAnswer, readChunkName } from '../answer.ts';
import type { Endpoint } from '../endpoint-poller.ts';
import { targetResource } from '../target-resource.ts';
import type { LinkerdDocument } from './document.ts';
import { ANSWER_AGE, SCRAPE_DURATION, UP } from './figures.ts';
import { readDocument } from './read-document.ts';
import { LinkerdSeries } from './series.ts';
import { Windows } from './windows.ts';

export interface LinkerdOptions {
  readonly windowSeconds: number;
  readonly maxScopes: number;
  readonly endpoint: Endpoint;
}

/** Answers to how the scrape went, bodies to figures. */
export function linkerdDecoder(options: LinkerdOptions, context: ComponentContext): Decode {
  const { scope, counters } = context;
  const resource = targetResource(context.resource, options.endpoint, 'linkerd');
  const series = new LinkerdSeries(options.windowSeconds);
  const windows = new Windows(options.windowSeconds);
  let lastGood: UnixTime | undefined;

  const batchOf = (metrics: readonly Metric[]) =>
    metrics.length > 0 ? [{ kind: 'metrics', resource, scope, metrics } as const] : [];

  return ({ name, time, bytes }) => {
    const kind = readChunkName(name)?.kind;
    if (kind === 'answer') {
      const answer = readAnswer(bytes);
      if (!answer) counters.dropped('malformed_answer', 1);
      else if (answer.outcome === 'ok') lastGood = time;
      return answer ? batchOf(scrapeMetrics(answer, time, lastGood)) : [];
    }
    const document = kind === 'body' ? readDocument(bytes) : undefined;
    if (!document) {
      counters.dropped(kind === 'body' ? 'malformed_body' : 'unknown_chunk', 1);
      return [];
    }
    const bounded = withinLimit(document, options.maxScopes);
    counters.dropped('scope_limit', document.scopes.length - bounded.scopes.length);
    const isNew = windows.isNew(statsOf(bounded), time[0]);
    const startTime = bounded.startMillis === undefined ? undefined : unixTimeFromMillis(bounded.startMillis);
    return batchOf(series.metrics(bounded.scopes, time, startTime, isNew));
  };
}

function withinLimit(document: LinkerdDocument, maxScopes: number): LinkerdDocument {
  return { ...document, scopes: document.scopes.slice(0, maxScopes) };
}

function statsOf({ scopes }: LinkerdDocument) {
  return scopes.flatMap(({ figures }) => [...figures.values()].filter((value) => typeof value === 'object'));
}

function scrapeMetrics(answer: Answer, time: UnixTime, lastGood: UnixTime | undefined): readonly Metric[] {
  const gauge = (metric: GaugeSpec, value: number) => metricOf(metric, [{ attributes: {}, time, value }]);
  const metrics: Metric[] = [];
  if (answer.outcome !== 'waiting') {
    const isUp = answer.outcome === 'ok' ? 1 : 0;
    metrics.push(gauge(UP, isUp), gauge(SCRAPE_DURATION, answer.seconds));
  }
  if (lastGood) {
    const age = Math.max(0, secondsBetween(lastGood, time));
    metrics.push(gauge(ANSWER_AGE, age));
  }
  return metrics;
}
