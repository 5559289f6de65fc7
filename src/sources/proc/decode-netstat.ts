import { CounterSeries } from '../../model/counter-series.ts';
import { type GaugeSpec, metricOf, type SumSpec } from '../../model/emits.ts';
import type { Metric } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';
import type { DecodeFile, KernelBits } from './decoded.ts';
import { defaultField, netstatMetric, otherField } from './netstat-fields.ts';
import { type MibHead, netstatParser } from './parse-netstat.ts';
import { type Snmp6Name, snmp6Parser } from './parse-snmp6.ts';

/** `default`: the fields of netstat-fields.ts. */
export type FieldChoice = 'default' | 'all';

/** What a field becomes: a gauge, or a sum with its state. */
interface FieldPlan {
  readonly metric: GaugeSpec | SumSpec;
  /** Absent for a gauge. */
  readonly series: CounterSeries | undefined;
}

/** `undefined` for a field that is not wanted. */
type Plans = readonly (FieldPlan | undefined)[];

const NO_ATTRIBUTES = {};

/** `net/netstat` and `net/snmp`: one metric per field, without attributes. */
export function netstatDecoder(fields: FieldChoice, bits: KernelBits): DecodeFile {
  const parse = netstatParser();
  const planOf = planner(fields, bits);
  const plansOf = new WeakMap<MibHead, Plans>();
  return (bytes, time) => {
    const { tables, malformed } = parse(bytes);
    const metrics: Metric[] = [];
    for (const { head, values } of tables) {
      let plans = plansOf.get(head);
      if (!plans) {
        plans = head.names.map((name) => planOf(head.protocol, name));
        plansOf.set(head, plans);
      }
      for (let index = 0; index < values.length; index++) {
        const plan = plans[index];
        const value = values[index];
        if (plan && !Number.isNaN(value)) metrics.push(figureOf(plan, value, time));
      }
    }
    return { metrics, malformed };
  };
}

/** `net/snmp6`: the same for IPv6, from its own format. */
export function snmp6Decoder(fields: FieldChoice, bits: KernelBits): DecodeFile {
  const parse = snmp6Parser();
  const planOf = planner(fields, bits);
  const known = new WeakMap<Snmp6Name, { readonly plan: FieldPlan | undefined }>();
  return (bytes, time) => {
    const { names, values, malformed } = parse(bytes);
    const metrics: Metric[] = [];
    for (let index = 0; index < names.length; index++) {
      const name = names[index];
      let entry = known.get(name);
      if (!entry) {
        entry = { plan: planOf(name.protocol, name.field) };
        known.set(name, entry);
      }
      if (entry.plan) metrics.push(figureOf(entry.plan, values[index], time));
    }
    return { metrics, malformed };
  };
}

/** A field keeps its state when it moves to another column or line. */
function planner(fields: FieldChoice, bits: KernelBits) {
  const plans = new Map<string, FieldPlan | undefined>();
  return (protocol: string, field: string): FieldPlan | undefined => {
    const key = `${protocol}.${field}`;
    if (!plans.has(key)) plans.set(key, newPlan(protocol, field, fields, bits));
    return plans.get(key);
  };
}

function newPlan(
  protocol: string,
  field: string,
  fields: FieldChoice,
  bits: KernelBits,
): FieldPlan | undefined {
  const wanted = defaultField(protocol, field);
  if (!wanted && fields === 'default') return undefined;
  const metric = netstatMetric(protocol, field, wanted ?? otherField(protocol, field));
  return { metric, series: metric.kind === 'gauge' ? undefined : new CounterSeries(NO_ATTRIBUTES, bits) };
}

function figureOf({ metric, series }: FieldPlan, value: number, time: UnixTime): Metric {
  return metricOf(metric, [series?.point(value, time) ?? { attributes: NO_ATTRIBUTES, time, value }]);
}
