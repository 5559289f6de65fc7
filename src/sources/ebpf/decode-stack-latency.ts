import type { ComponentContext, Decode } from '../../component.ts';
import { frameDecoder, holdsRecords } from '../../loader/decode-frames.ts';
import type { Frame } from '../../loader/frame.ts';
import { FRAME_TYPE } from '../../loader/frame-header.ts';
import { bucketsAt, u64At, unixTimeAt } from '../../loader/record-fields.ts';
import { RUN_STATS_METRICS } from '../../loader/run-stats.ts';
import type { Attributes } from '../../model/attributes.ts';
import type { Batch } from '../../model/batch.ts';
import { deltaCounter, deltaHistogram, type Emits, metricOf, text, withPoints } from '../../model/emits.ts';
import type { ExponentialHistogramPoint, Metric, NumberPoint } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';
import { GROUP_ATTRIBUTES, GROUP_BYTES, groupAttributes } from './stack-group.ts';
import { SKIP_REASONS, STAGES, type Stage } from './stages.ts';

/** `struct stack_latency_record` of bpf/stack_latency.h. */
export const STACK_SCALE = 3;
export const STACK_OFFSET = -240;
export const STACK_BUCKETS = 289;
const AT = {
  start: 0,
  end: 8,
  seen: 16,
  skipped: 24,
  zeroCount: 112,
  sum: 120,
  min: 128,
  max: 136,
  stage: 144,
  buckets: 152,
};
export const STACK_RECORD_BYTES = AT.buckets + STACK_BUCKETS * 8;
/** `struct stack_group_record`: the same record, and behind it what the group is. */
export const GROUP_RECORD_BYTES = STACK_RECORD_BYTES + GROUP_BYTES;

const STAGE = text('lagpipe.stack.stage', "the point of the receive or transmit path, by netstacklat's name");

const LATENCY = deltaHistogram({
  name: 'lagpipe.stack.latency',
  unit: 's',
  description: 'Time from the software receive timestamp of a packet to a point of the receive path.',
  attributes: [STAGE, ...GROUP_ATTRIBUTES],
});

const SKIPPED = deltaCounter({
  name: 'lagpipe.stack.skipped',
  unit: '{packet}',
  description: 'Packets that a point of the receive path saw and could not time, by reason.',
  attributes: [
    STAGE,
    text('lagpipe.stack.skip_reason', `why: ${SKIP_REASONS.map((reason) => `\`${reason}\``).join(', ')}`),
    ...GROUP_ATTRIBUTES,
  ],
});

export const STACK_LATENCY_EMITS: Emits = { metrics: [LATENCY, SKIPPED, ...RUN_STATS_METRICS], events: [] };

/**
 * Frames of the program `stack_latency` to one metric batch for each frame. When it counts by groups, samples come in
 * records of groups, and a stage's own record tells only what was skipped before its group was looked for.
 */
export function decodeStackLatency(context: ComponentContext, grouped = false): Decode {
  let liveStages: ReadonlySet<string> = new Set();
  // Stages whose skip counters were already sent with all their reasons, so that each series exists from the start.
  const introduced = new Set<Stage>();

  const batchOf = (points: Points): readonly Batch[] => {
    const { resource, scope } = context;
    const metrics = metricsOf(points);
    return metrics.length === 0 ? [] : [{ kind: 'metrics', resource, scope, metrics }];
  };

  const addStage = (record: DataView, stage: Stage, points: Points): void => {
    // A zero from a stage that is attached is an answer; one from a stage that is not would be a false one.
    if (!liveStages.has(stage) && u64At(record, AT.seen) === 0) return;
    const attributes = { [STAGE.name]: stage };
    if (!grouped) points.latency.push(latencyPoint(record, attributes));
    points.skipped.push(...skipPoints(record, attributes, introduced.has(stage)));
    introduced.add(stage);
  };

  const addGroup = (record: DataView, stage: Stage, points: Points): void => {
    const attributes = { [STAGE.name]: stage, ...groupAttributes(record, STACK_RECORD_BYTES) };
    points.latency.push(latencyPoint(record, attributes));
    points.skipped.push(...skipPoints(record, attributes, true));
  };

  const decodeRecords = (frame: Frame, recordBytes: number, add: typeof addStage): readonly Batch[] => {
    if (!holdsRecords(context, frame, recordBytes)) return [];
    const points: Points = { latency: [], skipped: [] };
    for (let index = 0; index < frame.count; index += 1) {
      const { buffer, byteOffset } = frame.payload;
      const record = new DataView(buffer, byteOffset + index * recordBytes, recordBytes);
      const stage = STAGES[record.getUint32(AT.stage, true)];
      if (stage === undefined) context.counters.dropped('bad_record', 1);
      else add(record, stage, points);
    }
    return batchOf(points);
  };

  return frameDecoder(context, {
    started: () => introduced.clear(),
    attached: (parts) => {
      liveStages = parts;
    },
    decode: (frame) => {
      if (frame.type === FRAME_TYPE.stackLatency) return decodeRecords(frame, STACK_RECORD_BYTES, addStage);
      if (frame.type === FRAME_TYPE.stackGroup) return decodeRecords(frame, GROUP_RECORD_BYTES, addGroup);
      return undefined;
    },
  });
}

interface Points {
  readonly latency: ExponentialHistogramPoint[];
  readonly skipped: NumberPoint[];
}

function metricsOf({ latency, skipped }: Points): readonly Metric[] {
  return withPoints([metricOf(LATENCY, latency), metricOf(SKIPPED, skipped)]);
}

function latencyPoint(record: DataView, attributes: Attributes): ExponentialHistogramPoint {
  const zeroCount = u64At(record, AT.zeroCount);
  const positive = bucketsAt(record, AT.buckets, STACK_BUCKETS, STACK_OFFSET);
  const count = positive.bucketCounts.reduce((sum, bucket) => sum + bucket, zeroCount);
  return {
    ...intervalOf(record),
    attributes,
    count,
    sum: u64At(record, AT.sum) / 1e9,
    ...(count > 0 && { min: u64At(record, AT.min) / 1e9, max: u64At(record, AT.max) / 1e9 }),
    scale: STACK_SCALE,
    zeroCount,
    positive,
  };
}

function skipPoints(record: DataView, attributes: Attributes, onlyNonZero: boolean): NumberPoint[] {
  const points: NumberPoint[] = [];
  SKIP_REASONS.forEach((reason, index) => {
    const value = u64At(record, AT.skipped + index * 8);
    if (value === 0 && onlyNonZero) return;
    const withReason = { ...attributes, 'lagpipe.stack.skip_reason': reason };
    points.push({ ...intervalOf(record), attributes: withReason, value });
  });
  return points;
}

function intervalOf(record: DataView): { startTime: UnixTime; time: UnixTime } {
  return { startTime: unixTimeAt(record, AT.start), time: unixTimeAt(record, AT.end) };
}
