import type { ComponentContext } from '../../component.ts';
import { textAt, u64At, unixTimeAt } from '../../loader/record-fields.ts';
import type { AttributeValue } from '../../model/attributes.ts';
import type { MetricBatch } from '../../model/batch.ts';
import { DIRECTION, TCP_STATE } from '../../model/common-attributes.ts';
import { deltaCounter, type MetricSpec, metricOf, type SumSpec } from '../../model/emits.ts';
import type { NumberPoint } from '../../model/metric.ts';
import { DROP_REASON, PROTOCOL, RESET_REASON, RETRANSMIT_KIND } from './tcp-events-attributes.ts';
import {
  COUNTER_AT as AT,
  COUNTER_RECORD_BYTES,
  connectionState,
  EVENT_KINDS,
  PACKET_PROTOCOLS,
  REASON_BYTES,
  RETRANSMIT_KINDS,
} from './tcp-events-record.ts';

type Family = 'retransmits' | 'resets' | 'drops';

interface CounterPoint {
  readonly family: Family;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

const SUMS: Readonly<Record<Family, SumSpec>> = {
  retransmits: deltaCounter({
    name: 'lagpipe.tcp.retransmits',
    unit: '{segment}',
    description: 'TCP segments that were sent again, by what gave cause.',
    attributes: [RETRANSMIT_KIND],
  }),
  resets: deltaCounter({
    name: 'lagpipe.tcp.resets',
    unit: '{segment}',
    description: 'TCP resets sent, by reason, and received, by the state of the connection that they ended.',
    attributes: [DIRECTION, RESET_REASON, TCP_STATE],
  }),
  drops: deltaCounter({
    name: 'lagpipe.packet.drops',
    unit: '{packet}',
    description: 'Packets that the kernel dropped, by its own reason and by protocol.',
    attributes: [DROP_REASON, PROTOCOL],
  }),
};

export const TCP_EVENT_COUNTERS: readonly MetricSpec[] = Object.values(SUMS);

/** Counter records, all of one interval, to one metric batch. */
export function tcpCounterBatches(
  context: ComponentContext,
  payload: Uint8Array,
  count: number,
): readonly MetricBatch[] {
  const points: Record<Family, NumberPoint[]> = { retransmits: [], resets: [], drops: [] };
  let read = 0;
  for (let at = 0; at < payload.length; at += COUNTER_RECORD_BYTES) {
    const record = new DataView(payload.buffer, payload.byteOffset + at, COUNTER_RECORD_BYTES);
    const point = pointOf(record);
    if (point === undefined) continue;
    points[point.family].push({
      attributes: point.attributes,
      startTime: unixTimeAt(record, AT.start),
      time: unixTimeAt(record, AT.end),
      value: u64At(record, AT.count),
    });
    read += 1;
  }
  if (read < count) context.counters.dropped('bad_record', count - read);
  const metrics = (['retransmits', 'resets', 'drops'] as const)
    .filter((family) => points[family].length > 0)
    .map((family) => metricOf(SUMS[family], points[family]));
  const { resource, scope } = context;
  return metrics.length === 0 ? [] : [{ kind: 'metrics', resource, scope, metrics }];
}

function pointOf(record: DataView): CounterPoint | undefined {
  const retransmitKind = RETRANSMIT_KINDS[record.getUint8(AT.retransmitKind)];
  const protocol = PACKET_PROTOCOLS[record.getUint8(AT.protocol)];
  if (retransmitKind === undefined || protocol === undefined) return undefined;
  switch (EVENT_KINDS[record.getUint8(AT.kind)]) {
    case 'retransmit':
      return { family: 'retransmits', attributes: { 'lagpipe.tcp.retransmit_kind': retransmitKind } };
    case 'reset_sent':
      return {
        family: 'resets',
        attributes: { 'network.io.direction': 'transmit', 'lagpipe.tcp.reset_reason': reasonOf(record) },
      };
    case 'reset_received': {
      const state = connectionState(record.getUint8(AT.state)) ?? 'closed';
      return {
        family: 'resets',
        attributes: { 'network.io.direction': 'receive', 'network.connection.state': state },
      };
    }
    case 'drop':
      return {
        family: 'drops',
        attributes: { 'lagpipe.packet.drop_reason': reasonOf(record), 'lagpipe.packet.protocol': protocol },
      };
    default:
      return undefined;
  }
}

function reasonOf(record: DataView): string {
  return textAt(record, AT.reason, REASON_BYTES);
}
