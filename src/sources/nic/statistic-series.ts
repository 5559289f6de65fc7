import { CounterSeries } from '../../model/counter-series.ts';
import type { NumberPoint } from '../../model/metric.ts';
import type { UnixTime } from '../../model/time.ts';

/**
 * Counters of interfaces. Another ifindex is another interface, though it may have the name of one that is gone (veth
 * pairs); and a driver that is loaded again counts from 0, which no counter of 64 bits does by wrapping.
 */
export class StatisticSeries {
  readonly #origin: string;
  readonly #interfaces = new Map<string, { ifindex: number; readonly series: Map<string, CounterSeries> }>();

  constructor(origin: 'driver' | 'kernel') {
    this.#origin = origin;
  }

  point(name: string, ifindex: number, statistic: string, value: number, time: UnixTime): NumberPoint {
    let known = this.#interfaces.get(name);
    if (known === undefined || known.ifindex !== ifindex) {
      known = { ifindex, series: new Map() };
      this.#interfaces.set(name, known);
    }
    let series = known.series.get(statistic);
    if (series === undefined) {
      series = new CounterSeries({
        'network.interface.name': name,
        'lagpipe.nic.statistic.name': statistic,
        'lagpipe.nic.statistic.origin': this.#origin,
      });
      known.series.set(statistic, series);
    }
    return series.point(value, time);
  }

  /** Interfaces that are gone are forgotten. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#interfaces.keys()) if (!names.has(name)) this.#interfaces.delete(name);
  }
}
