import type { CpuTable } from '../../lib/parse-cpu-table.ts';
import type { UnixTime } from '../../model/time.ts';
import { type Interface, type Irq, unionSize } from './inventory.ts';
import type { IrqTotals } from './irq-counts.ts';
import { actionOf } from './irq-names.ts';
import { NAMES } from './metric-names.ts';
import type { PointList } from './point-list.ts';
import type { Spread } from './spread.ts';

export function addQueues(points: PointList, { name, rps, xps }: Interface, time: UnixTime): void {
  const attributes = { 'network.interface.name': name };
  points.gauge(NAMES.queues, { ...attributes, 'network.io.direction': 'receive' }, time, rps.length);
  points.gauge(NAMES.queues, { ...attributes, 'network.io.direction': 'transmit' }, time, xps.length);
  points.gauge(NAMES.rpsQueues, attributes, time, rps.filter(({ size }) => size > 0).length);
  points.gauge(NAMES.rpsCpus, attributes, time, unionSize(rps));
  points.gauge(NAMES.xpsQueues, attributes, time, xps.filter(({ size }) => size > 0).length);
  points.gauge(NAMES.xpsCpus, attributes, time, unionSize(xps));
}

/** Interrupts of one interface: by CPU, and by IRQ with what is known of it. */
export function addInterrupts(
  points: PointList,
  name: string,
  irqs: readonly Irq[],
  totals: IrqTotals,
  table: CpuTable,
  time: UnixTime,
): void {
  const attributes = { 'network.interface.name': name };
  const { startTime } = totals;
  for (const [cpu, value] of totals.cpus) {
    const ofCpu = { ...attributes, 'cpu.logical_number': cpu };
    points.sum(NAMES.interrupts, { attributes: ofCpu, startTime, time, value });
  }
  const actions = new Map(table.rows.map(({ label, rest }) => [label, actionOf(rest)]));
  for (const { number, affinity, effectiveAffinity } of irqs) {
    const value = totals.irqs.get(number);
    if (value === undefined) continue;
    const queue = {
      ...attributes,
      'lagpipe.nic.irq': number,
      'lagpipe.nic.queue': actions.get(number) ?? '',
    };
    points.sum(NAMES.queueInterrupts, { attributes: queue, startTime, time, value });
    const affinities = {
      ...(affinity !== '' && { 'lagpipe.nic.irq.affinity': affinity }),
      ...(effectiveAffinity !== '' && { 'lagpipe.nic.irq.effective_affinity': effectiveAffinity }),
    };
    points.gauge(NAMES.irqInfo, { ...queue, ...affinities }, time, 1);
  }
}

export function addSpread(points: PointList, name: string, spread: Spread, time: UnixTime): void {
  const attributes = { 'network.interface.name': name };
  points.gauge(NAMES.spreadScore, attributes, time, spread.score);
  points.gauge(NAMES.spreadMaxShare, attributes, time, spread.maxShare);
  points.gauge(NAMES.spreadBusiestCpu, attributes, time, spread.busiestCpu);
  points.gauge(NAMES.spreadExpected, attributes, time, spread.expected);
  points.gauge(NAMES.spreadRate, attributes, time, spread.perSecond);
}
