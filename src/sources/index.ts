import type { Source } from '../component.ts';
import { ebpfStackLatency } from './ebpf/stack-latency.ts';
import { ebpfTcpConnect } from './ebpf/tcp-connect.ts';
import { ebpfTcpEvents } from './ebpf/tcp-events.ts';
import { ebpfTcpLife } from './ebpf/tcp-life.ts';
import { nic } from './nic/index.ts';
import { pcap } from './pcap/index.ts';
import { proc } from './proc/index.ts';
import { linkerd } from './scrape/linkerd/index.ts';
import { prometheus } from './scrape/prometheus/index.ts';
import { self } from './self/index.ts';
import { sockets } from './sockets/index.ts';

/** Every source, in the order in which the reference lists them. */
export const sources: readonly Source[] = [
  ebpfStackLatency,
  ebpfTcpConnect,
  ebpfTcpLife,
  ebpfTcpEvents,
  pcap,
  proc,
  sockets,
  nic,
  linkerd,
  prometheus,
  self,
];
