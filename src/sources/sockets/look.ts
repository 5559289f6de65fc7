import type { ComponentContext } from '../../component.ts';
import type { Attributes, AttributeValue } from '../../model/attributes.ts';
import type { MetricBatch } from '../../model/batch.ts';
import { type GaugeSpec, metricOf, withPoints } from '../../model/emits.ts';
import type { ExponentialHistogramPoint, Metric, NumberPoint } from '../../model/metric.ts';
import { TCP_STATES } from '../../model/tcp-states.ts';
import type { UnixTime } from '../../model/time.ts';
import type { Group, Listener, Peer, Totals } from './figures.ts';
import { Levels } from './levels.ts';
import { CONNECTION_COUNT, NAMES, TIMES } from './metric-names.ts';

/** States whose number is told even when it is 0: the ones that a person looks for. */
const ALWAYS: ReadonlySet<string> = new Set(['established', 'time_wait', 'close_wait']);

/** Figures to metrics, whoever found them: the loader or /proc. A batch is made when a look has ended. */
export class Look {
  readonly #context: ComponentContext;
  readonly #queues = new Levels();
  readonly #connections = new Levels();
  #counts: NumberPoint[] = [];
  #times: ExponentialHistogramPoint[][] = TIMES.map(() => []);

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  listener({ netns, at, time, sockets, length, limits }: Listener): void {
    const where: Record<string, AttributeValue> =
      at === undefined
        ? { 'otel.metric.overflow': true }
        : {
            'network.local.address': at.address,
            'network.local.port': at.port,
            'network.type': at.type,
          };
    const attributes = { ...netns, ...where };
    this.#queues.add(NAMES.queueLength, attributes, time, length);
    this.#queues.add(NAMES.queueSockets, attributes, time, sockets);
    if (limits === undefined) return;
    this.#queues.add(NAMES.queueLimit, attributes, time, limits.limit);
    // A limit of 0 still lets one connection wait, as every limit lets one more.
    const fullness = limits.fullestLength / Math.max(1, limits.fullestLimit);
    this.#queues.add(NAMES.queueUtilization, attributes, time, fullness);
  }

  group(group: Group): void {
    const { netns, role, port, time, states, info } = group;
    const where: Attributes = port === undefined ? { 'otel.metric.overflow': true } : { 'server.port': port };
    const attributes = { ...netns, 'lagpipe.tcp.role': role, ...where };
    const add = (name: GaugeSpec, value: number) => this.#connections.add(name, attributes, time, value);
    this.#states(NAMES.connections, attributes, time, states);
    add(NAMES.unread, group.unread);
    add(NAMES.unreadBytes, group.unreadBytes);
    add(NAMES.unsent, group.unsent);
    add(NAMES.unsentBytes, group.unsentBytes);
    add(NAMES.retransmitting, group.retransmitting);
    if (info === undefined) return;
    add(NAMES.idle, info.idle);
    add(NAMES.silent, info.silent);
    add(NAMES.retransmits, info.retransmits);
    add(NAMES.segmentsSent, info.segmentsSent);
  }

  peer({ netns, role, with: peer, time, states }: Peer): void {
    const where: Record<string, AttributeValue> =
      peer === undefined
        ? { 'otel.metric.overflow': true }
        : { 'server.port': peer.port, 'network.peer.address': peer.address };
    const attributes = { ...netns, 'lagpipe.tcp.role': role, ...where };
    this.#states(NAMES.peerConnections, attributes, time, states, true);
  }

  /** All states of both kinds of address, so that every one of these series is there from the start. */
  totals({ netns, startTime, time, ipv4, ipv6 }: Totals): void {
    for (const [type, states] of [
      ['ipv4', ipv4],
      ['ipv6', ipv6],
    ] as const) {
      TCP_STATES.forEach((state, number) => {
        if (state === '') return;
        const attributes = {
          ...netns,
          'network.transport': 'tcp',
          'network.type': type,
          'network.connection.state': state,
        };
        this.#counts.push({ attributes, startTime, time, value: states[number] });
      });
    }
  }

  /** `kind` counts as `TIMES` does. */
  times(kind: number, point: ExponentialHistogramPoint): void {
    this.#times[kind].push(point);
  }

  /** Ends a look at the listening sockets. */
  endTick(time: UnixTime): readonly MetricBatch[] {
    return this.#batch(this.#queues.take(time));
  }

  /** Ends a look at all connections. */
  endCensus(time: UnixTime, census: readonly Metric[]): readonly MetricBatch[] {
    const metrics = [...this.#connections.take(time), ...this.#sumsAndHistograms(), ...census];
    this.#forgetCounts();
    return this.#batch(metrics);
  }

  /** What was looking has ended without ending its look. */
  breakOff(): void {
    this.#queues.forgetLook();
    this.#connections.forgetLook();
    this.#forgetCounts();
  }

  #sumsAndHistograms(): readonly Metric[] {
    return withPoints([
      ...this.#times.map((points, kind) => metricOf(TIMES[kind], points)),
      metricOf(CONNECTION_COUNT, this.#counts),
    ]);
  }

  #forgetCounts(): void {
    this.#counts = [];
    this.#times = TIMES.map(() => []);
  }

  #states(
    metric: GaugeSpec,
    attributes: Attributes,
    time: UnixTime,
    states: readonly number[],
    onlyNonZero = false,
  ): void {
    TCP_STATES.forEach((state, number) => {
      if (state === '' || state === 'listen') return;
      const value = states[number];
      if (value === 0 && (onlyNonZero || !ALWAYS.has(state))) return;
      this.#connections.add(metric, { ...attributes, 'network.connection.state': state }, time, value);
    });
  }

  #batch(metrics: readonly Metric[]): readonly MetricBatch[] {
    const { resource, scope } = this.#context;
    return metrics.length === 0 ? [] : [{ kind: 'metrics', resource, scope, metrics }];
  }
}
