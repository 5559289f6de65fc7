import { NETNS_NAME } from '../../model/common-attributes.ts';
import type { Emits } from '../../model/emits.ts';
import { CONNTRACK_METRICS } from './decode-conntrack.ts';
import { CPU_TIME } from './decode-cpu.ts';
import { INTERRUPTS } from './decode-interrupts.ts';
import { KSOFTIRQD_METRICS } from './decode-ksoftirqd.ts';
import { AVERAGE, STALL_TIME } from './decode-pressure.ts';
import { SOCKSTAT_METRICS } from './decode-sockstat.ts';
import { SOFTIRQS } from './decode-softirqs.ts';
import { SOFTNET_METRICS } from './decode-softnet.ts';
import { NETDEV_METRICS } from './netdev-metrics.ts';
import { NETSTAT_METRICS } from './netstat-fields.ts';
import { SYSCTLS } from './sysctls.ts';

/** In the order of the collectors. */
export const PROC_EMITS: Emits = {
  metrics: [
    ...NETSTAT_METRICS,
    ...SOCKSTAT_METRICS,
    ...SOFTNET_METRICS,
    ...NETDEV_METRICS.map(({ metric }) => metric),
    STALL_TIME,
    AVERAGE,
    CPU_TIME,
    SOFTIRQS,
    INTERRUPTS,
    ...KSOFTIRQD_METRICS,
    ...CONNTRACK_METRICS,
    ...SYSCTLS.map(({ metric }) => metric),
  ],
  events: [],
  resource: [NETNS_NAME],
};
