import { testContext } from '../../../../test/conformance/context.ts';
import type { AttributeValue } from '../../../model/attributes.ts';
import type { MetricBatch } from '../../../model/batch.ts';
import type { Metric, NumberPoint } from '../../../model/metric.ts';
import type { UnixTime } from '../../../model/time.ts';
import { type DecoderOptions, procDecoder } from '../decoder.ts';
import { proc } from '../index.ts';
import { bytesOf } from './captured-files.ts';

export const T0: UnixTime = [1_700_000_000, 0];
export const T1: UnixTime = [1_700_000_002, 0];

/** One decoder, fed with texts. */
export function decoding(options: Partial<DecoderOptions> = {}) {
  const context = testContext(proc);
  const decode = procDecoder({ fields: 'default', kernelBits: 64, ...options }, context);
  const batchesOf = (name: string, text: string, time: UnixTime = T0): readonly MetricBatch[] =>
    decode({ name, time, bytes: bytesOf(text) }).filter((batch) => batch.kind === 'metrics');
  const feed = (name: string, text: string, time: UnixTime = T0): readonly Metric[] =>
    batchesOf(name, text, time).flatMap(({ metrics }) => metrics);
  return { context, batchesOf, feed };
}

export function pointsOf(metrics: readonly Metric[], name: string): readonly NumberPoint[] {
  const metric = metrics.find((each) => each.name === name);
  return metric?.kind === 'sum' || metric?.kind === 'gauge' ? metric.points : [];
}

/** The value of the point that has these attributes, and maybe others. */
export function figureOf(
  metrics: readonly Metric[],
  name: string,
  attributes: Readonly<Record<string, AttributeValue>> = {},
): number | undefined {
  const wanted = Object.entries(attributes);
  return pointsOf(metrics, name).find((point) =>
    wanted.every(([key, value]) => point.attributes[key] === value),
  )?.value;
}
