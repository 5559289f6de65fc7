import type { DecodeContext } from '../../component.ts';
import type { Attributes } from '../../model/attributes.ts';
import type { MetricBatch } from '../../model/batch.ts';
import { counter, gauge, metricOf, type SumSpec, text } from '../../model/emits.ts';
import type { Metric, NumberPoint } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';
import type { ReadCounts } from './read/read-counts.ts';
import type { TcpAnalyzer } from './tcp/analyzer.ts';

const OUTCOME = text('lagpipe.pcap.outcome', 'what became of it');
const CLOSE_REASON = text('lagpipe.tcp.close_reason', 'why the connection ended, as in `tcp.connection`');

const PACKETS = counter({
  name: 'lagpipe.pcap.packets',
  unit: '{packet}',
  description:
    'packets in the capture, by what became of them: `segment`, or why one gave none, such as `not_tcp`, `tunnel` or `fragment_held`',
  attributes: [OUTCOME],
});
const CAPTURE_DROPPED = counter({
  name: 'lagpipe.pcap.capture_dropped',
  unit: '{packet}',
  description: "packets lost before they could be read, by the kernel's or the file's own account",
});
const SEGMENTS = counter({
  name: 'lagpipe.pcap.segments',
  unit: '{segment}',
  description:
    'TCP segments, by what became of them: `connection`, `after_close`, `no_connection`, `bad_flags`, `copy` (seen before on another interface)',
  attributes: [OUTCOME],
});
const PAYLOAD = counter({
  name: 'lagpipe.pcap.payload',
  unit: 'By',
  description:
    'TCP payload, by what became of it: `delivered`, `held`, `not_captured`, `retransmitted`, `out_of_window`, and what became of segments',
  attributes: [OUTCOME],
});
const MISSED = counter({
  name: 'lagpipe.pcap.missed',
  unit: 'By',
  description: 'bytes that were acknowledged and are not in the capture, or were given up',
});
const OPENED = counter({
  name: 'lagpipe.pcap.connections.opened',
  unit: '{connection}',
  description: 'connections that were seen',
});
const ENDED = counter({
  name: 'lagpipe.pcap.connections.ended',
  unit: '{connection}',
  description: 'connections that ended, by lagpipe.tcp.close_reason',
  attributes: [CLOSE_REASON],
});
const OPEN = gauge({
  name: 'lagpipe.pcap.connections.open',
  unit: '{connection}',
  description: 'connections that are open',
});

export const PCAP_METRICS = [
  PACKETS,
  CAPTURE_DROPPED,
  SEGMENTS,
  PAYLOAD,
  MISSED,
  OPENED,
  ENDED,
  OPEN,
] as const;

/** The source's own account, as cumulative sums from `startTime` on. */
export function accountOf(
  context: Pick<DecodeContext, 'resource' | 'scope'>,
  read: ReadCounts,
  tcp: TcpAnalyzer,
  startTime: UnixTime,
  time: UnixTime,
): MetricBatch {
  const sum = (spec: SumSpec, values: readonly Value[]): Metric =>
    metricOf(
      spec,
      values
        .filter(([, value], index) => value > 0 || index === 0)
        .map(([attributes, value]): NumberPoint => ({ attributes, startTime, time, value })),
    );
  const { resource, scope } = context;
  const { counts } = tcp;
  const metrics = [
    sum(PACKETS, packetValues(read)),
    sum(CAPTURE_DROPPED, [[{}, read.captureDropped]]),
    sum(SEGMENTS, segmentValues(tcp)),
    sum(PAYLOAD, payloadValues(tcp)),
    sum(MISSED, [[{}, counts.missedBytes]]),
    sum(OPENED, [[{}, counts.opened]]),
    sum(
      ENDED,
      Object.entries(counts.ended).map(([reason, value]) => [{ [CLOSE_REASON.name]: reason }, value]),
    ),
    metricOf(OPEN, [{ attributes: {}, time, value: tcp.openConnections }]),
  ];
  return { kind: 'metrics', resource, scope, metrics };
}

type Value = readonly [attributes: Attributes, value: number];

function outcome(name: string): Attributes {
  return { [OUTCOME.name]: name };
}

function packetValues(read: ReadCounts): readonly Value[] {
  return [
    [outcome('segment'), read.segments],
    [outcome('fragment_held'), read.fragmentsHeld],
    ...Object.entries(read.allPassedOver()).map(([reason, value]): Value => [outcome(reason), value]),
  ];
}

function segmentValues({ counts }: TcpAnalyzer): readonly Value[] {
  return [
    [outcome('connection'), counts.ofConnections],
    [outcome('after_close'), counts.afterClose],
    [outcome('no_connection'), counts.noConnection],
    [outcome('bad_flags'), counts.badFlags],
    [outcome('copy'), counts.copies],
  ];
}

function payloadValues({ counts, delivery }: TcpAnalyzer): readonly Value[] {
  return [
    [outcome('delivered'), counts.delivered],
    [outcome('held'), delivery.held.payloadBytes],
    [outcome('not_captured'), counts.notCaptured],
    [outcome('retransmitted'), counts.retransmitted],
    [outcome('out_of_window'), counts.outOfWindow],
    [outcome('after_close'), counts.afterCloseBytes],
    [outcome('no_connection'), counts.noConnectionBytes],
    [outcome('bad_flags'), counts.badFlagsBytes],
    [outcome('copy'), counts.copiedBytes],
  ];
}
