import type { ComponentContext, Decode } from '../../../component.ts';
import type { Resource } from '../../../model/attributes.ts';
import { type AttributeSpec, type Emits, type GaugeSpec, gauge, metricOf } from '../../../model/emits.ts';
import type { Metric } from '../../../model/metric.ts';
import type { UnixTime } from '../../../model/time.ts';
import { type Answer, readAnswer, readChunkName } from '../answer.ts';
import type { Endpoint } from '../endpoint-poller.ts';
import { TARGET_ATTRIBUTES, targetResource } from '../target-resource.ts';
import { formatOf } from './content-type.ts';
import { Target, type TargetOptions } from './target.ts';

const PROMETHEUS = 'Prometheus';
const INSTANCE: AttributeSpec = {
  name: 'instance',
  kind: 'text',
  unit: '',
  meaning: 'host and port of the target',
  origin: PROMETHEUS,
};

/** The gauges that Prometheus itself adds, by its names and with its label `instance`. */
const UP = gauge({
  name: 'up',
  unit: '1',
  description: '1 when the target answered, 0 when it did not',
  attributes: [INSTANCE],
  origin: PROMETHEUS,
});
const DURATION = gauge({
  name: 'scrape_duration_seconds',
  unit: 's',
  description: 'time until the answer, or until it was given up',
  attributes: [INSTANCE],
  origin: PROMETHEUS,
});
const SAMPLES = gauge({
  name: 'scrape_samples_scraped',
  unit: '{sample}',
  description: 'samples of the scrape',
  attributes: [INSTANCE],
  origin: PROMETHEUS,
});

export const PROMETHEUS_EMITS: Emits = {
  metrics: [
    UP,
    DURATION,
    SAMPLES,
    {
      kind: 'any',
      name: '<name>',
      unit: '<unit>',
      description: "the target's own metrics, by its own names",
      attributes: [
        { name: '<label>', kind: 'text', unit: '', meaning: 'its own labels', origin: 'the target' },
      ],
      origin: 'the target',
    },
  ],
  events: [],
  resource: TARGET_ATTRIBUTES,
};

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
    return batchOf([...metrics, ownGauge(SAMPLES, chunk.endpoint, time, samples)]);
  };
}

function ownGauge(metric: GaugeSpec, instance: string, time: UnixTime, value: number): Metric {
  return metricOf(metric, [{ attributes: { [INSTANCE.name]: instance }, time, value }]);
}

function scrapeMetrics(instance: string, { outcome, seconds }: Answer, time: UnixTime): readonly Metric[] {
  if (outcome === 'waiting') return [];
  return [
    ownGauge(UP, instance, time, outcome === 'ok' ? 1 : 0),
    ownGauge(DURATION, instance, time, seconds),
  ];
}
