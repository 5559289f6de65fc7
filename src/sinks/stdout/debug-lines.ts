import { printable } from '../../lib/text-width.ts';
import type { Attributes } from '../../model/attributes.ts';
import { type Batch, eventAt } from '../../model/batch.ts';
import type { Metric } from '../../model/metric.ts';
import { formatRfc3339 } from '../../model/time.ts';
import type { AnyHistogramPoint } from './histogram-series.ts';

/**
 * A batch for a developer's eye and for grep: a line for the batch, then one line per record, nothing rounded.
 * Not a contract: programs should read the format `json`.
 */
export function debugLines(batch: Batch): string {
  const { name, version } = batch.scope;
  const head = `# ${batch.kind} from ${name}@${version} on ${braced(batch.resource.attributes)}\n`;
  return head + (batch.kind === 'events' ? eventLines(batch) : batch.metrics.map(metricLines).join(''));
}

function eventLines(batch: Extract<Batch, { kind: 'events' }>): string {
  let lines = '';
  for (let index = 0; index < batch.length; index++) {
    const { time, name, attributes } = eventAt(batch, index);
    lines += `${formatRfc3339(time)} ${printable(name)}${braced(attributes)}\n`;
  }
  return lines;
}

function metricLines(metric: Metric): string {
  const kind = metric.kind === 'gauge' ? 'gauge' : `${metric.temporality} ${metric.kind}`;
  const name = printable(metric.name);
  return metric.points
    .map((point) => {
      const value = 'value' in point ? String(point.value) : histogramFields(point);
      return `${name}${braced(point.attributes)} ${value} [${printable(metric.unit)}, ${kind}]\n`;
    })
    .join('');
}

/** `count=3 sum=0.5 min=0.1 max=0.3 le0.2=1 le+Inf=2`: each occupied bucket by its upper bound. */
function histogramFields(point: AnyHistogramPoint): string {
  const fields = [`count=${point.count}`, `sum=${point.sum}`];
  if (point.min !== undefined) fields.push(`min=${point.min}`);
  if (point.max !== undefined) fields.push(`max=${point.max}`);
  if ('scale' in point && point.zeroCount > 0) fields.push(`zero=${point.zeroCount}`);
  const counts = 'scale' in point ? point.positive.bucketCounts : point.bucketCounts;
  counts.forEach((count, position) => {
    if (count > 0) fields.push(`le${upperBound(point, position)}=${count}`);
  });
  return fields.join(' ');
}

function upperBound(point: AnyHistogramPoint, position: number): string {
  if (!('scale' in point)) return String(point.explicitBounds[position] ?? '+Inf');
  const bound = 2 ** ((point.positive.offset + position + 1) * 2 ** -point.scale);
  return String(Number(bound.toPrecision(6)));
}

function braced(attributes: Attributes): string {
  const pairs = Object.entries(attributes).map(([key, value]) => printable(`${key}=${value}`));
  return `{${pairs.join(', ')}}`;
}
