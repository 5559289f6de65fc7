import type { Attributes } from '../../model/attributes.ts';
import { CounterSeries } from '../../model/counter-series.ts';
import { metricOf, withPoints } from '../../model/emits.ts';
import type { NumberPoint } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';
import type { DecodeFile, KernelBits } from './decoded.ts';
import { NETDEV_METRICS, type NetdevMetric } from './netdev-metrics.ts';
import { type NetdevRow, parseNetdev } from './parse-netdev.ts';

/** In the order of `NETDEV_METRICS`, and of the flows in each. */
type DeviceSeries = readonly (readonly CounterSeries[])[];

/**
 * `net/dev`: one point per interface and direction. An interface that is gone is forgotten: one that comes back
 * under the same name, as veth pairs do, is another device and starts anew.
 */
export function netdevDecoder(bits: KernelBits): DecodeFile {
  let devices: ReadonlyMap<string, DeviceSeries> = new Map();
  return (bytes, time) => {
    const { rows, malformed } = parseNetdev(bytes);
    devices = new Map(rows.map(({ device }) => [device, devices.get(device) ?? seriesOf(device, bits)]));
    const points = NETDEV_METRICS.map((): NumberPoint[] => []);
    for (const row of rows) addPoints(points, row, devices.get(row.device) ?? [], time);
    return {
      metrics: withPoints(NETDEV_METRICS.map(({ metric }, at) => metricOf(metric, points[at]))),
      malformed,
    };
  };
}

function addPoints(
  points: readonly NumberPoint[][],
  row: NetdevRow,
  series: DeviceSeries,
  time: UnixTime,
): void {
  series.forEach((ofMetric, at) => {
    ofMetric.forEach((each, flow) => {
      points[at].push(each.point(NETDEV_METRICS[at].flows[flow].valueOf(row), time));
    });
  });
}

function seriesOf(device: string, bits: KernelBits): DeviceSeries {
  return NETDEV_METRICS.map((metric) =>
    metric.flows.map(({ direction }) => new CounterSeries(attributesOf(metric, device, direction), bits)),
  );
}

function attributesOf({ device }: NetdevMetric, name: string, direction: string): Attributes {
  return { [device.name]: name, 'network.io.direction': direction };
}
