import { protobufFields, readVarint } from '../../src/lib/protobuf-fields.ts';
import type { AttributeValue, Scope } from '../../src/model/attributes.ts';
import type { Event } from '../../src/model/event.ts';
import type {
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  NumberPoint,
} from '../../src/model/metric.ts';
import { type UnixTime, unixTimeFromNanos } from '../../src/model/time.ts';

type Attributes = Record<string, AttributeValue>;

/** The metrics of one resource and scope, back in lagpipe's own model. */
export interface ReceivedMetrics {
  readonly resource: Attributes;
  readonly scope: Scope;
  readonly metrics: readonly Metric[];
  /** The names of the metrics whose values came as OTLP integers. */
  readonly integers: ReadonlySet<string>;
}

export interface ReceivedEvents {
  readonly resource: Attributes;
  readonly scope: Scope;
  readonly events: readonly (Event & { readonly severityNumber: number })[];
}

/** ExportMetricsServiceRequest; field numbers from opentelemetry-proto's `.proto` files. */
export function decodeMetrics(request: Uint8Array): ReceivedMetrics[] {
  return new Message(request).messages(1).flatMap((resourceMetrics) =>
    resourceMetrics.messages(2).map((scopeMetrics) => {
      const integers = new Set<string>();
      return {
        resource: attributes(resourceMetrics.message(1), 1),
        scope: scope(scopeMetrics.message(1)),
        metrics: scopeMetrics.messages(2).map((metric) => decodeMetric(metric, integers)),
        integers,
      };
    }),
  );
}

/** ExportLogsServiceRequest. */
export function decodeEvents(request: Uint8Array): ReceivedEvents[] {
  return new Message(request).messages(1).flatMap((resourceLogs) =>
    resourceLogs.messages(2).map((scopeLogs) => ({
      resource: attributes(resourceLogs.message(1), 1),
      scope: scope(scopeLogs.message(1)),
      events: scopeLogs.messages(2).map((record) => ({
        time: record.time(1),
        name: record.text(12),
        severityNumber: record.integer(2) ?? 0,
        attributes: attributes(record, 6),
      })),
    })),
  );
}

function decodeMetric(metric: Message, integers: Set<string>): Metric {
  const head = { name: metric.text(1), description: metric.text(2), unit: metric.text(3) };
  const kind = { 5: 'gauge', 7: 'sum', 9: 'histogram', 10: 'exponential_histogram' } as const;
  const number = ([5, 7, 9, 10] as const).find((field) => metric.has(field));
  if (number === undefined) throw new Error(`metric ${head.name} has no data`);
  const data = metric.message(number);
  const points = data.messages(1);
  if (kind[number] === 'gauge') return { kind: 'gauge', ...head, points: numberPoints() };
  const temporality = data.integer(2) === 1 ? 'delta' : 'cumulative';
  switch (kind[number]) {
    case 'sum':
      return { kind: 'sum', ...head, temporality, monotonic: data.integer(3) === 1, points: numberPoints() };
    case 'histogram':
      return { kind: 'histogram', ...head, temporality, points: points.map(histogramPoint) };
    case 'exponential_histogram':
      return { kind: 'exponential_histogram', ...head, temporality, points: points.map(exponentialPoint) };
  }

  function numberPoints(): NumberPoint[] {
    return points.map((point) => {
      if (point.has(6)) integers.add(head.name);
      const value = point.has(6) ? Number(BigInt.asIntN(64, point.fixed64(6)!)) : point.double(4)!;
      return { ...pointHead(point, 7), value };
    });
  }
}

function histogramPoint(point: Message): HistogramPoint {
  return {
    ...pointHead(point, 9),
    ...statistics(point, 11, 12),
    explicitBounds: point.packed(7, 8).map((view) => view.getFloat64(0, true)),
    bucketCounts: point.packed(6, 8).map((view) => Number(view.getBigUint64(0, true))),
  };
}

function exponentialPoint(point: Message): ExponentialHistogramPoint {
  const positive = point.message(8);
  if (point.message(9).packedVarints(2).length > 0) throw new Error('durations have no negative buckets');
  return {
    ...pointHead(point, 1),
    ...statistics(point, 12, 13),
    scale: point.zigzag(6),
    zeroCount: Number(point.fixed64(7) ?? 0n),
    positive: { offset: positive.zigzag(1), bucketCounts: positive.packedVarints(2) },
  };
}

function statistics(point: Message, minField: number, maxField: number) {
  const [min, max] = [point.double(minField), point.double(maxField)];
  return {
    count: Number(point.fixed64(4) ?? 0n),
    sum: point.double(5) ?? 0,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  };
}

function pointHead(point: Message, attributesField: number) {
  const start = point.fixed64(2) ?? 0n;
  return {
    attributes: attributes(point, attributesField),
    ...(start === 0n ? {} : { startTime: unixTimeFromNanos(start) }),
    time: point.time(3),
  };
}

function scope(message: Message): Scope {
  return { name: message.text(1), version: message.text(2) };
}

function attributes(message: Message, field: number): Attributes {
  return Object.fromEntries(message.messages(field).map((pair) => [pair.text(1), anyValue(pair.message(2))]));
}

function anyValue(value: Message): AttributeValue {
  if (value.has(1)) return value.text(1);
  if (value.has(2)) return value.integer(2) === 1;
  if (value.has(3)) return value.integer(3)!;
  if (value.has(4)) return value.double(4)!;
  throw new Error('an attribute of another type');
}

/** A protobuf message, read by field numbers. The last of a repeated scalar counts, as protobuf says. */
class Message {
  readonly #fields = new Map<number, (bigint | Uint8Array)[]>();

  constructor(bytes: Uint8Array) {
    for (const { number, value } of protobufFields(bytes)) {
      const values = this.#fields.get(number);
      if (values) values.push(value);
      else this.#fields.set(number, [value]);
    }
  }

  has(field: number): boolean {
    return this.#fields.has(field);
  }

  messages(field: number): Message[] {
    return this.#bytes(field).map((bytes) => new Message(bytes));
  }

  message(field: number): Message {
    return this.messages(field).at(-1) ?? new Message(new Uint8Array());
  }

  text(field: number): string {
    return new TextDecoder().decode(this.#bytes(field).at(-1));
  }

  /** A varint: bool, enum, uint or int64. */
  integer(field: number): number | undefined {
    const value = this.#fields.get(field)?.at(-1);
    return typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : undefined;
  }

  /** A varint of type sint32. */
  zigzag(field: number): number {
    const value = this.integer(field) ?? 0;
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  fixed64(field: number): bigint | undefined {
    return this.#view(field)?.getBigUint64(0, true);
  }

  double(field: number): number | undefined {
    return this.#view(field)?.getFloat64(0, true);
  }

  time(field: number): UnixTime {
    return unixTimeFromNanos(this.fixed64(field) ?? 0n);
  }

  /** A packed repeated field of fixed-size numbers. */
  packed(field: number, size: number): DataView[] {
    return this.#bytes(field).flatMap((bytes) =>
      Array.from({ length: bytes.length / size }, (_, index) => viewOf(bytes, index * size)),
    );
  }

  packedVarints(field: number): number[] {
    return this.#bytes(field).flatMap((bytes) => {
      const values: number[] = [];
      for (let at = 0; at < bytes.length; ) {
        const { value, next } = readVarint(bytes, at);
        values.push(Number(value));
        at = next;
      }
      return values;
    });
  }

  #view(field: number): DataView | undefined {
    const bytes = this.#bytes(field).at(-1);
    return bytes && viewOf(bytes, 0);
  }

  #bytes(field: number): Uint8Array[] {
    return (this.#fields.get(field) ?? []).filter((value) => value instanceof Uint8Array);
  }
}

function viewOf(bytes: Uint8Array, offset: number): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + offset);
}
