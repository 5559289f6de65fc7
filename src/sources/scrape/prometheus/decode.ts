import type { ComponentContext, Decode } from '../../../component.ts';
import type { Resource } from '../../../model/attributes.ts';
import type { Metric } from '../../../model/metric.ts';
import { gaugeOf } from '../../../model/metric-of.ts';
import type { UnixTime } from '../../../model/time.ts';
import type { Endpoint } from '../acquire-endpoints.ts';
import { type Answer, readAnswer, readChunkName } from '../answer.ts';
import { targetResource } from '../target-resource.ts';
import { isOpenMetrics } from './content-type.ts';
import { TextTarget, type TextTargetOptions } from './text-target.ts';

export interface PrometheusOptions extends TextTargetOptions {
  readonly endpoints: readonly Endpoint[];
  readonly job: string;
}

interface Target {
  readonly resource: Resource;
  readonly text: TextTarget;
  /** Of the body that is about to come. */
  contentType: string;
}

/** Answers to `up`, bodies to the target's own metrics. */
export function prometheusDecoder(options: PrometheusOptions, context: ComponentContext): Decode {
  const { scope, counters } = context;
  const targets = new Map<string, Target>(
    options.endpoints.map(({ name, url }) => [
      name,
      {
        resource: targetResource(context.resource, url, options.job),
        text: new TextTarget(options),
        contentType: '',
      },
    ]),
  );
  return ({ name, time, bytes }) => {
    const chunk = readChunkName(name);
    const target = chunk && targets.get(chunk.endpoint);
    if (!target) {
      counters.dropped('unknown_chunk', 1);
      return [];
    }
    const batchOf = (metrics: readonly Metric[]) =>
      metrics.length > 0 ? [{ kind: 'metrics', resource: target.resource, scope, metrics } as const] : [];
    if (chunk.kind === 'answer') {
      const answer = readAnswer(bytes);
      if (!answer) counters.dropped('malformed_answer', 1);
      else target.contentType = answer.contentType;
      return answer ? batchOf(scrapeMetrics(answer, time)) : [];
    }
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { metrics, samples, dropped } = target.text.read(body, isOpenMetrics(target.contentType), time);
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
