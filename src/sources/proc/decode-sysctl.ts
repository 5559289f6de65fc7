import { metricOf } from '../../model/emits.ts';
import type { Metric } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';
import type { Decoded } from './decoded.ts';
import { parseLabelled } from './parse-labelled.ts';
import { SYSCTLS } from './sysctls.ts';

/** `sysctl`: one gauge per setting, such as `lagpipe.sysctl.net.core.somaxconn`. */
export function decodeSysctl(bytes: Uint8Array, time: UnixTime): Decoded {
  const { lines, malformed } = parseLabelled(bytes);
  const metrics: Metric[] = [];
  let unknown = 0;
  for (const { label, values } of lines) {
    const sysctl = SYSCTLS.find(({ name }) => name === label);
    if (!sysctl) {
      unknown++;
      continue;
    }
    const { metric, fields } = sysctl;
    const points = values.map((value, index) => ({
      attributes: fields ? { 'lagpipe.sysctl.field': fields[index] ?? String(index) } : {},
      time,
      value,
    }));
    metrics.push(metricOf(metric, points));
  }
  return { metrics, malformed: malformed + unknown };
}
