import { CounterSeries } from '../../model/counter-series.ts';
import type { Metric } from '../../model/metric.ts';
import { gaugeOf, type MetricName, sumOf } from '../../model/metric-of.ts';
import type { UnixTime } from '../../model/time.ts';
import type { Decoded } from './decoded.ts';
import { DEFAULT_FIELDS, isGauge, otherField } from './netstat-fields.ts';
import { netstatMetricName } from './netstat-name.ts';
import { parseNetstat } from './parse-netstat.ts';

/** What a field becomes: a gauge, or a sum with its state. */
interface FieldPlan {
  readonly metric: MetricName;
  /** Absent for a gauge. */
  readonly series: CounterSeries | undefined;
}

type ReadTable = Map<string, FieldPlan | undefined>;

/** `net/netstat` and `net/snmp`: one metric per field, without attributes. `all` takes more than the default fields. */
export function netstatDecoder(fields: 'default' | 'all'): (text: string, time: UnixTime) => Decoded {
  const known = new Map<string, ReadTable>();
  return (text, time) => {
    const { tables, malformed } = parseNetstat(text);
    const metrics: Metric[] = [];
    for (const { protocol, names, values } of tables) {
      const plans = known.get(protocol) ?? new Map();
      known.set(protocol, plans);
      names.forEach((name, index) => {
        if (!plans.has(name)) plans.set(name, planOf(protocol, name, fields));
        const plan = plans.get(name);
        const value = values[index];
        if (plan && !Number.isNaN(value)) metrics.push(metricOf(plan, value, time));
      });
    }
    return { metrics, malformed };
  };
}

function planOf(protocol: string, name: string, fields: 'default' | 'all'): FieldPlan | undefined {
  const wanted = DEFAULT_FIELDS[protocol]?.[name];
  if (!wanted && fields === 'default') return undefined;
  const { unit, description } = wanted ?? otherField(protocol, name);
  return {
    metric: {
      name: netstatMetricName(protocol, name),
      unit,
      description: `${protocol} ${name}: ${description}`,
    },
    series: isGauge(protocol, name) ? undefined : new CounterSeries({}),
  };
}

function metricOf({ metric, series }: FieldPlan, value: number, time: UnixTime): Metric {
  if (series) return sumOf(metric, [series.point(value, time)]);
  return gaugeOf(metric, [{ attributes: {}, time, value }]);
}
