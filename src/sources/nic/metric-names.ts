import { CPU, DIRECTION, INTERFACE } from '../../model/common-attributes.ts';
import { counter, type Emits, gauge, text } from '../../model/emits.ts';

const STATISTIC = text('lagpipe.nic.statistic.name', 'the statistic, as the driver or the kernel calls it');
const ORIGIN = text('lagpipe.nic.statistic.origin', '`driver` (ethtool -S) or `kernel` (/sys/class/net)');
const IRQ = text('lagpipe.nic.irq', 'the number of the interrupt');
const QUEUE = text('lagpipe.nic.queue', "the interrupt's name in /proc/interrupts, most often a queue's");
const AFFINITIES = [
  text('lagpipe.nic.irq.affinity', 'CPUs that may handle the interrupt: `0-3,8`'),
  text('lagpipe.nic.irq.effective_affinity', 'CPUs that it is really sent to'),
];
const OF_DRIVER = [
  text('lagpipe.nic.driver', 'the driver'),
  text('lagpipe.nic.driver.version', "the driver's version"),
  text('lagpipe.nic.firmware.version', "the version of the card's firmware"),
  text('lagpipe.nic.bus', 'where the card is: the address on its bus'),
];

/** Every figure of the source. */
export const NAMES = {
  statistic: counter({
    name: 'lagpipe.nic.statistic',
    unit: '1',
    description: 'Statistics of interfaces by their own names, of the driver or of the kernel.',
    attributes: [INTERFACE, STATISTIC, ORIGIN],
  }),
  ringSize: gauge({
    name: 'lagpipe.nic.ring.size',
    unit: '{descriptor}',
    description: 'Packets that the ring between driver and card has room for, per queue (ethtool -g).',
    attributes: [INTERFACE, DIRECTION],
  }),
  ringMax: gauge({
    name: 'lagpipe.nic.ring.max',
    unit: '{descriptor}',
    description: 'The largest ring that the card allows (ethtool -G).',
    attributes: [INTERFACE, DIRECTION],
  }),
  queues: gauge({
    name: 'lagpipe.nic.queues',
    unit: '{queue}',
    description: 'Queues in use; one that serves both directions counts in both (ethtool -l).',
    attributes: [INTERFACE, DIRECTION],
  }),
  queuesMax: gauge({
    name: 'lagpipe.nic.queues.max',
    unit: '{queue}',
    description: 'The most queues that the card allows (ethtool -L).',
    attributes: [INTERFACE, DIRECTION],
  }),
  info: gauge({
    name: 'lagpipe.nic.info',
    unit: '1',
    description: 'Always 1; which driver the interface has.',
    attributes: [INTERFACE, ...OF_DRIVER],
  }),
  speed: gauge({
    name: 'lagpipe.nic.speed',
    unit: 'bit/s',
    description:
      'What the link carries at the most; absent where the driver does not know, as with most virtual cards.',
    attributes: [INTERFACE],
  }),
  interrupts: counter({
    name: 'lagpipe.nic.interrupts',
    unit: '{interrupt}',
    description: 'Interrupts of the interface since lagpipe started, by CPU.',
    attributes: [INTERFACE, CPU],
  }),
  queueInterrupts: counter({
    name: 'lagpipe.nic.queue.interrupts',
    unit: '{interrupt}',
    description: 'Interrupts of the interface since lagpipe started, by IRQ.',
    attributes: [INTERFACE, IRQ, QUEUE],
  }),
  irqInfo: gauge({
    name: 'lagpipe.nic.irq.info',
    unit: '1',
    description: 'Always 1; which CPUs may handle the IRQ, and which does.',
    attributes: [INTERFACE, IRQ, QUEUE, ...AFFINITIES],
  }),
  spreadScore: gauge({
    name: 'lagpipe.nic.irq_spread.score',
    unit: '1',
    description: 'CPUs that share the interrupts of the last interval, by those that could.',
    attributes: [INTERFACE],
  }),
  spreadMaxShare: gauge({
    name: 'lagpipe.nic.irq_spread.max_share',
    unit: '1',
    description: 'Part of the interrupts of the last interval that the busiest CPU handled.',
    attributes: [INTERFACE],
  }),
  spreadBusiestCpu: gauge({
    name: 'lagpipe.nic.irq_spread.busiest_cpu',
    unit: '{cpu}',
    description: 'Number of the CPU that handled the most interrupts of the last interval.',
    attributes: [INTERFACE],
  }),
  spreadExpected: gauge({
    name: 'lagpipe.nic.irq_spread.expected',
    unit: '{cpu}',
    description:
      'CPUs that could share the interrupts: the lesser of receive queues and CPUs of the affinities.',
    attributes: [INTERFACE],
  }),
  spreadRate: gauge({
    name: 'lagpipe.nic.irq_spread.rate',
    unit: '{interrupt}/s',
    description: 'Interrupts of the interface in the last interval.',
    attributes: [INTERFACE],
  }),
  rpsQueues: gauge({
    name: 'lagpipe.nic.rps.queues',
    unit: '{queue}',
    description: 'Receive queues whose packets are handed to other CPUs (RPS).',
    attributes: [INTERFACE],
  }),
  rpsCpus: gauge({
    name: 'lagpipe.nic.rps.cpus',
    unit: '{cpu}',
    description: 'CPUs that packets are handed to (RPS).',
    attributes: [INTERFACE],
  }),
  xpsQueues: gauge({
    name: 'lagpipe.nic.xps.queues',
    unit: '{queue}',
    description: 'Send queues that are chosen by CPU (XPS).',
    attributes: [INTERFACE],
  }),
  xpsCpus: gauge({
    name: 'lagpipe.nic.xps.cpus',
    unit: '{cpu}',
    description: 'CPUs that choose a send queue of their own (XPS).',
    attributes: [INTERFACE],
  }),
} as const;

export const NIC_EMITS: Emits = { metrics: Object.values(NAMES), events: [] };
