import type { MetricName } from '../../model/metric-of.ts';

/** Every figure of the source. */
export const NAMES = {
  statistic: {
    name: 'lagpipe.nic.statistic',
    unit: '1',
    description: 'Statistics of interfaces by their own names, of the driver or of the kernel.',
  },
  ringSize: {
    name: 'lagpipe.nic.ring.size',
    unit: '{descriptor}',
    description: 'Packets that the ring between driver and card has room for, per queue.',
  },
  ringMax: {
    name: 'lagpipe.nic.ring.max',
    unit: '{descriptor}',
    description: 'The largest ring that the card allows (ethtool -G).',
  },
  queues: {
    name: 'lagpipe.nic.queues',
    unit: '{queue}',
    description: 'Queues in use; one that serves both directions counts in both.',
  },
  queuesMax: {
    name: 'lagpipe.nic.queues.max',
    unit: '{queue}',
    description: 'The most queues that the card allows (ethtool -L).',
  },
  info: {
    name: 'lagpipe.nic.info',
    unit: '1',
    description: 'Always 1; which driver the interface has.',
  },
  speed: {
    name: 'lagpipe.nic.speed',
    unit: 'bit/s',
    description: 'What the link carries at the most.',
  },
  interrupts: {
    name: 'lagpipe.nic.interrupts',
    unit: '{interrupt}',
    description: 'Interrupts of the interface, by CPU.',
  },
  queueInterrupts: {
    name: 'lagpipe.nic.queue.interrupts',
    unit: '{interrupt}',
    description: 'Interrupts of the interface, by IRQ.',
  },
  irqInfo: {
    name: 'lagpipe.nic.irq.info',
    unit: '1',
    description: 'Always 1; which CPUs may handle the IRQ, and which does.',
  },
  spreadScore: {
    name: 'lagpipe.nic.irq_spread.score',
    unit: '1',
    description: 'CPUs that share the interrupts of the last interval, by those that could.',
  },
  spreadMaxShare: {
    name: 'lagpipe.nic.irq_spread.max_share',
    unit: '1',
    description: 'Part of the interrupts of the last interval that the busiest CPU handled.',
  },
  spreadBusiestCpu: {
    name: 'lagpipe.nic.irq_spread.busiest_cpu',
    unit: '{cpu}',
    description: 'Number of the CPU that handled the most interrupts of the last interval.',
  },
  spreadExpected: {
    name: 'lagpipe.nic.irq_spread.expected',
    unit: '{cpu}',
    description:
      'CPUs that could share the interrupts: the lesser of receive queues and CPUs of the affinities.',
  },
  spreadRate: {
    name: 'lagpipe.nic.irq_spread.rate',
    unit: '{interrupt}/s',
    description: 'Interrupts of the interface in the last interval.',
  },
  rpsQueues: {
    name: 'lagpipe.nic.rps.queues',
    unit: '{queue}',
    description: 'Receive queues whose packets are handed to other CPUs (RPS).',
  },
  rpsCpus: {
    name: 'lagpipe.nic.rps.cpus',
    unit: '{cpu}',
    description: 'CPUs that packets are handed to (RPS).',
  },
  xpsQueues: {
    name: 'lagpipe.nic.xps.queues',
    unit: '{queue}',
    description: 'Send queues that are chosen by CPU (XPS).',
  },
  xpsCpus: {
    name: 'lagpipe.nic.xps.cpus',
    unit: '{cpu}',
    description: 'CPUs that choose a send queue of their own (XPS).',
  },
} as const satisfies Readonly<Record<string, MetricName>>;
