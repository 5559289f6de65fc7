import type { ComponentContext, Decode } from '../../../component.ts';
import type { Resource } from '../../../model/attributes.ts';
import type { Metric } from '../../../model/metric.ts';
import { gaugeOf } from '../../../model/metric-of.ts';
import type { UnixTime } from '../../../model/time.ts';
import { type Answer, readAnswer, readChunkName } from '../answer.ts';
import type { Endpoint } from '../endpoint-poller.ts';
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
    options.endpoints.map((endpoint) => [
      endpoint.name,
      {
        resource: targetResource(context.resource, endpoint, options.job),
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
      return answer ? batchOf(scrapeMetrics(chunk.endpoint, answer, time)) : [];
    }
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { metrics, samples, dropped } = state.target.read(body, formatOf(state.contentType), time);
    for (const [reason, records] of dropped) counters.dropped(reason, records);
    const gauge = ownGauges(chunk.endpoint, time);
    return batchOf([
      ...metrics,
      gauge('scrape_samples_scraped', '{sample}', 'samples of the scrape', samples),
    ]);
  };
}

/** The gauges that Prometheus itself adds, by its names and with its label `instance`. */
function ownGauges(instance: string, time: UnixTime) {
  return (name: string, unit: string, description: string, value: number): Metric =>
    gaugeOf({ name, unit, description }, [{ attributes: { instance }, time, value }]);
}

function scrapeMetrics(instance: string, { outcome, seconds }: Answer, time: UnixTime): readonly Metric[] {
  if (outcome === 'waiting') return [];
  const gauge = ownGauges(instance, time);
  const duration = 'time until the answer, or until it was given up';
  return [
    gauge('up', '1', '1 when the target answered, 0 when it did not', outcome === 'ok' ? 1 : 0),
    gauge('scrape_duration_seconds', 's', duration, seconds),
  ];
}
