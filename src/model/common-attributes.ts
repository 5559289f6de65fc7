import { type AttributeSpec, number, text } from './emits.ts';

/** Attributes that several components send, each with one meaning wherever it comes from. */
export const CPU = number('cpu.logical_number', '', 'the CPU');
export const INTERFACE = text('network.interface.name', 'the network interface');
export const DIRECTION = text('network.io.direction', '`receive` or `transmit`');
export const TRANSPORT = text('network.transport', '`tcp`');
export const IP_VERSION = text('network.type', '`ipv4` (also when mapped into IPv6) or `ipv6`');
export const TCP_STATE = text(
  'network.connection.state',
  'state of the connection: `established`, `time_wait`, `close_wait`, …',
);
export const TCP_ROLE = text(
  'lagpipe.tcp.role',
  'whether this host opened the connections (`client`) or accepted them (`server`)',
);
export const LOCAL_ADDRESS = text('network.local.address', "this host's end");
export const LOCAL_PORT = number('network.local.port', '', "the port of this host's end");
export const PEER_ADDRESS = text(
  'network.peer.address',
  'the other end, as the socket has it: before any translation',
);
export const PEER_PORT = number('network.peer.port', '', 'the port of the other end');
export const SERVER_PORT = number('server.port', '', 'the port of the side that accepts');
export const PROCESS_ID = number('process.pid', '', 'the process');
export const THREAD_ID = number('thread.id', '', 'the thread, as the kernel numbers it');
export const THREAD_NAME = text('thread.name', "the thread's name in the kernel (comm)");
export const CGROUP_ID = number('lagpipe.cgroup.id', '', 'id of the cgroup (v2): the inode of its folder');
export const NETNS_INODE = number(
  'lagpipe.netns.inode',
  '',
  'the network namespace, by the inode of its file',
);
export const NETNS_NAME = text('lagpipe.netns.name', "the network namespace's name, where it has one");
export const QUANTILE = number('lagpipe.quantile', '1', 'which quantile: 0 to 1');
/** Where the rest is counted together, because there was no room for a series more. */
export const OVERFLOW: AttributeSpec = {
  name: 'otel.metric.overflow',
  kind: 'flag',
  unit: '',
  meaning: '`true` on the series that counts all for which there was no room',
  origin: 'OpenTelemetry SDK specification',
};
