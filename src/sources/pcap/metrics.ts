import type { DecodeContext } from '../../component.ts';
import type { Attributes } from '../../model/attributes.ts';
import type { MetricBatch } from '../../model/batch.ts';
import type { Metric, NumberPoint } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';
import type { ReadCounts } from './read/read-counts.ts';
import type { TcpAnalyzer } from './tcp/analyzer.ts';

/** The source's own account, as cumulative sums from `startTime` on. */
export function accountOf(
  context: Pick<DecodeContext, 'resource' | 'scope'>,
  read: ReadCounts,
  tcp: TcpAnalyzer,
  startTime: UnixTime,
  time: UnixTime,
): MetricBatch {
  const sum = (name: string, unit: string, description: string, values: readonly Value[]): Metric => ({
    kind: 'sum',
    temporality: 'cumulative',
    monotonic: true,
    name: `lagpipe.pcap.${name}`,
    unit,
    description,
    points: values
      .filter(([, value], index) => value > 0 || index === 0)
      .map(([attributes, value]): NumberPoint => ({ attributes, startTime, time, value })),
  });
  const { counts, delivery } = tcp;
  const { resource, scope } = context;
  return {
    kind: 'metrics',
    resource,
    scope,
    metrics: [
      sum('packets', '{packet}', 'packets in the capture, by what became of them', packetValues(read)),
      sum('capture_dropped', '{packet}', 'packets that the capturing host lost before they could be read', [
        [{}, read.captureDropped],
      ]),
      sum('segments', '{segment}', 'TCP segments, by what became of them', [
        [outcome('connection'), counts.ofConnections],
        [outcome('after_close'), counts.afterClose],
        [outcome('no_connection'), counts.noConnection],
        [outcome('bad_flags'), counts.badFlags],
        [outcome('copy'), counts.copies],
      ]),
      sum('payload', 'By', 'TCP payload, by what became of it', [
        [outcome('delivered'), counts.delivered],
        [outcome('held'), delivery.held.payloadBytes],
        [outcome('not_captured'), counts.notCaptured],
        [outcome('retransmitted'), counts.retransmitted],
        [outcome('out_of_window'), counts.outOfWindow],
        [outcome('after_close'), counts.afterCloseBytes],
        [outcome('no_connection'), counts.noConnectionBytes],
        [outcome('bad_flags'), counts.badFlagsBytes],
        [outcome('copy'), counts.copiedBytes],
      ]),
      sum('missed', 'By', 'bytes that were sent and are not in the capture', [[{}, counts.missedBytes]]),
      sum('connections.opened', '{connection}', 'connections that were seen', [[{}, counts.opened]]),
      sum(
        'connections.ended',
        '{connection}',
        'connections that ended, by lagpipe.tcp.close_reason',
        Object.entries(counts.ended).map(([reason, value]) => [
          { 'lagpipe.tcp.close_reason': reason },
          value,
        ]),
      ),
      {
        kind: 'gauge',
        name: 'lagpipe.pcap.connections.open',
        unit: '{connection}',
        description: 'connections that are open',
        points: [{ attributes: {}, time, value: tcp.openConnections }],
      },
    ],
  };
}

type Value = readonly [attributes: Attributes, value: number];

function outcome(name: string): Attributes {
  return { 'lagpipe.pcap.outcome': name };
}

function packetValues(read: ReadCounts): readonly Value[] {
  return [
    [outcome('segment'), read.segments],
    [outcome('fragment_held'), read.fragmentsHeld],
    ...Object.entries(read.allPassedOver()).map(([reason, value]): Value => [outcome(reason), value]),
  ];
}
