import type { ComponentContext, Decode } from '../../../component.ts';
import type { Resource } from '../../../model/attributes.ts';
import type { Metric } from '../../../model/metric.ts';
import { gaugeOf } from '../../../model/metric-of.ts';
import type { UnixTime } from '../../../model/time.ts';
import type { Endpoint } from '../acquire-endpoints.ts';
import { type Answer, readAnswer, readChunkName } from '../answer.ts';
import { targetResource } from '../target-resource.ts';
import { formatOf } from './content-type.ts';
import { Target, type TargetOptions } from './target.ts';

export interface PrometheusOptions extends TargetOptions {
  readonly endpoints: readonly Endpoint[];
  readonly job: string;
}

interface TargetState {
  readonly resource: Resource;
  readonly target: Target;
  /** Of the body that is about to come. */
  contentType: string;
}

/** Answers to `up`, bodies to the target's own metrics. */
export function prometheusDecoder(options: PrometheusOptions, context: ComponentContext): Decode {
  const { scope, counters } = context;
  const targets = new Map<string, TargetState>(
    options.endpoints.map(({ name, url }) => [
      name,
      {
        resource: targetResource(context.resource, url, options.job),
        target: new Target(options),
        contentType: '',
      },
    ]),
  );
  return ({ name, time, bytes }) => {
    const chunk = readChunkName(name);
    const state = chunk && targets.get(chunk.endpoint);
    if (!state) {
      counters.dropped('unknown_chunk', 1);
      return [];
    }
    const batchOf = (metrics: readonly Metric[]) =>
      metrics.length > 0 ? [{ kind: 'metrics', resource: state.resource, scope, metrics } as const] : [];
    if (chunk.kind === 'answer') {
      const answer = readAnswer(bytes);
      if (!answer) counters.dropped('malformed_answer', 1);
      else state.contentType = answer.contentType;
      return answer ? batchOf(scrapeMetrics(answer, time)) : [];
    }
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { metrics, samples, dropped } = state.target.read(body, formatOf(state.contentType), time);
    for (const [reason, records] of dropped) counters.dropped(reason, records);
    return batchOf([
      ...metrics,
      ownGauge('scrape_samples_scraped', '{sample}', 'samples of the scrape', time, samples),
    ]);
  };
}

/** By the names that Prometheus itself gives them. */
function scrapeMetrics({ outcome, seconds }: Answer, time: UnixTime): readonly Metric[] {
  if (outcome === 'waiting') return [];
  return [
    ownGauge('up', '1', '1 when the target answered, 0 when it did not', time, outcome === 'ok' ? 1 : 0),
    ownGauge(
      'scrape_duration_seconds',
      's',
      'time until the answer, or until it was given up',
      time,
      seconds,
    ),
  ];
}

function ownGauge(name: string, unit: string, description: string, time: UnixTime, value: number): Metric {
  return gaugeOf({ name, unit, description }, [{ attributes: {}, time, value }]);
}
