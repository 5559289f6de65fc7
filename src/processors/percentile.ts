import { filter, map, pipe } from 'rxjs';
import { defineProcessor } from '../component.ts';
import type { Attributes } from '../model/attributes.ts';
import type { Batch, MetricBatch } from '../model/batch.ts';
import { QUANTILE } from '../model/common-attributes.ts';
import { number } from '../model/emits.ts';
import { exponentialRelativeError, quantilesOf } from '../model/histogram-quantile.ts';
import type {
  ExponentialHistogramMetric,
  ExponentialHistogramPoint,
  GaugeMetric,
  HistogramMetric,
  HistogramPoint,
  Metric,
  NumberPoint,
} from '../model/metric.ts';

const QUANTILE_ERROR = number(
  'lagpipe.quantile.error',
  '1',
  'how far the value can be from the true one, as a share of the true one',
);

type AnyHistogram = HistogramMetric | ExponentialHistogramMetric;

export const percentile = defineProcessor({
  id: 'percentile',
  summary: 'Adds quantiles such as p50 and p99 to histograms, each with the error that it can have.',
  description: `
For every histogram \`NAME\` there is a gauge \`NAME.quantile\` in the same unit, one point per histogram point and
quantile, with the attributes of the histogram and:

- \`lagpipe.quantile\`: 0 to 1;
- \`lagpipe.quantile.error\`: how far the value can be from the true one, as a share of the true one. 0.0433 means at
  most 4.33 %. For an exponential histogram it follows from the scale alone: 4.33 % at scale 3, 2.17 % at scale 4.
  For an explicit histogram it follows from the bounds of the bucket. It is absent where nothing limits the error:
  in the first bucket of an explicit histogram, down to zero, and in the last one, which has no upper bound.

A quantile is the smallest recorded value that has that share of all values at or below it (nearest rank). The value
is the point of its bucket with the same relative error to both ends, narrowed by min and max where the histogram has
them. A histogram without values gives no quantiles. Events and other metrics pass unchanged.

A quantile belongs to the time that its histogram covers: for a delta histogram the last interval, for a cumulative
one everything since its start. Quantiles cannot be merged or averaged later; keep the histograms for that.
`.trim(),
  emits: {
    metrics: [
      {
        kind: 'gauge',
        name: '<histogram>.quantile',
        unit: '<unit>',
        description: 'quantiles of a histogram, in its unit',
        attributes: [
          {
            name: '<attribute>',
            kind: 'text',
            unit: '',
            meaning: 'those of the histogram',
            origin: 'the histogram',
          },
          QUANTILE,
          QUANTILE_ERROR,
        ],
        origin: 'the histogram',
      },
    ],
    events: [],
  },
  schema: {
    type: 'object',
    description: 'Which quantiles of which histograms.',
    properties: {
      quantiles: {
        type: 'array',
        description: 'The quantiles: 0 is the smallest value, 0.5 the median, 1 the largest value.',
        items: { type: 'number', description: 'One quantile.', minimum: 0, maximum: 1 },
        default: [0.5, 0.9, 0.99, 0.999],
        minItems: 1,
        maxItems: 32,
        uniqueItems: true,
      },
      metrics: {
        type: 'array',
        description: 'Names of the histograms to work on. Left out: all of them.',
        items: { type: 'string', description: "A histogram's name.", minLength: 1 },
        minItems: 1,
        uniqueItems: true,
      },
      keep_histograms: {
        type: 'boolean',
        description: 'Whether the histograms themselves go on. Without them no later step can merge them.',
        default: true,
      },
    },
  },
  example: { quantiles: [0.5, 0.99], metrics: ['lagpipe.stack.latency'] },
  reads: () => ({ attributes: [], passesEvents: true }),
  create: ({ quantiles, metrics: names, keep_histograms: keep }, { counters }) => {
    const wanted = names && new Set(names);
    const isWanted = (metric: Metric): metric is AnyHistogram =>
      (metric.kind === 'histogram' || metric.kind === 'exponential_histogram') &&
      (wanted?.has(metric.name) ?? true);

    const withQuantiles = (batch: MetricBatch): MetricBatch => {
      const metrics = batch.metrics.flatMap((metric): readonly Metric[] => {
        if (!isWanted(metric)) return [metric];
        const gauge = quantileGauge(metric, quantiles);
        counters.created(gauge.points.length);
        if (!keep) counters.absorbed(metric.points.length);
        return [...(keep ? [metric] : []), ...(gauge.points.length > 0 ? [gauge] : [])];
      });
      return { ...batch, metrics };
    };

    return pipe(
      map((batch: Batch) =>
        batch.kind === 'metrics' && batch.metrics.some(isWanted) ? withQuantiles(batch) : batch,
      ),
      filter((batch) => batch.kind === 'events' || batch.metrics.length > 0),
    );
  },
});

function quantileGauge(metric: AnyHistogram, quantiles: readonly number[]): GaugeMetric {
  const points: readonly NumberPoint[] =
    metric.kind === 'histogram'
      ? metric.points.flatMap((point) => explicitQuantiles(point, quantiles))
      : metric.points.flatMap((point) => exponentialQuantiles(point, quantiles));
  return {
    kind: 'gauge',
    name: `${metric.name}.quantile`,
    unit: metric.unit,
    description: `Quantiles of ${metric.name}`,
    points,
  };
}

/**
 * The stated error is that of the grid, not the narrower one that min and max give to some values: an attribute
 * that follows the data would start a new time series with almost every point.
 */
function exponentialQuantiles(
  point: ExponentialHistogramPoint,
  quantiles: readonly number[],
): readonly NumberPoint[] {
  const error = exponentialRelativeError(point.scale);
  return quantilesOf(point, quantiles).map(({ quantile, value }) =>
    gaugePoint(point, quantile, value, error),
  );
}

function explicitQuantiles(point: HistogramPoint, quantiles: readonly number[]): readonly NumberPoint[] {
  const { min: _min, max: _max, ...byBoundsAlone } = point;
  const errors = quantilesOf(byBoundsAlone, quantiles);
  return quantilesOf(point, quantiles).map(({ quantile, value }, index) =>
    gaugePoint(point, quantile, value, errors[index].relativeError),
  );
}

function gaugePoint(
  { attributes, time }: HistogramPoint | ExponentialHistogramPoint,
  quantile: number,
  value: number,
  error: number,
): NumberPoint {
  const stated: Attributes = Number.isFinite(error) ? { [QUANTILE_ERROR.name]: error } : {};
  return { attributes: { ...attributes, [QUANTILE.name]: quantile, ...stated }, time, value };
}
