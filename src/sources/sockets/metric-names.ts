import type { MetricName } from '../../model/metric-of.ts';

/** Every gauge that the source sends; `connections` of the semantic conventions and histograms stand in levels.ts. */
export const NAMES = {
  queueLength: {
    name: 'lagpipe.socket.accept_queue.length',
    unit: '{connection}',
    description: 'Connections that wait for accept() at a listening address and port.',
  },
  queueLimit: {
    name: 'lagpipe.socket.accept_queue.limit',
    unit: '{connection}',
    description: 'Length above which the accept queue takes no more: the least of backlog and somaxconn.',
  },
  queueUtilization: {
    name: 'lagpipe.socket.accept_queue.utilization',
    unit: '1',
    description: 'Length by limit of the fullest accept queue of the address and port; full above 1.',
  },
  queueSockets: {
    name: 'lagpipe.socket.accept_queue.sockets',
    unit: '{socket}',
    description: 'Listening sockets that share the address and port (SO_REUSEPORT).',
  },
  connections: {
    name: 'lagpipe.socket.connections',
    unit: '{connection}',
    description: 'Connections by role, port and state.',
  },
  idle: {
    name: 'lagpipe.socket.idle_connections',
    unit: '{connection}',
    description: 'Established connections without data for idle_threshold and without a keep-alive timer.',
  },
  silent: {
    name: 'lagpipe.socket.silent_connections',
    unit: '{connection}',
    description: 'Established or half-closed connections on which the peer has never sent data.',
  },
  unread: {
    name: 'lagpipe.socket.unread_connections',
    unit: '{connection}',
    description: 'Connections with data that the application has not read.',
  },
  unreadBytes: {
    name: 'lagpipe.socket.unread_bytes',
    unit: 'By',
    description: 'Received data that the applications have not read.',
  },
  unsent: {
    name: 'lagpipe.socket.unsent_connections',
    unit: '{connection}',
    description: 'Connections with data that the peer has not acknowledged.',
  },
  unsentBytes: {
    name: 'lagpipe.socket.unsent_bytes',
    unit: 'By',
    description: 'Data that waits to be sent or to be acknowledged.',
  },
  retransmitting: {
    name: 'lagpipe.socket.retransmitting_connections',
    unit: '{connection}',
    description: 'Connections that wait for an answer to a retransmission at this moment.',
  },
  retransmits: {
    name: 'lagpipe.socket.retransmits',
    unit: '{segment}',
    description: 'Segments that the connections which are open now have sent again since they were opened.',
  },
  segmentsSent: {
    name: 'lagpipe.socket.segments_sent',
    unit: '{segment}',
    description: 'Segments that the connections which are open now have sent since they were opened.',
  },
  peerConnections: {
    name: 'lagpipe.socket.peer.connections',
    unit: '{connection}',
    description: 'Connections by role, port, peer and state, of the peers with the most.',
  },
  censusSockets: {
    name: 'lagpipe.socket.census.sockets',
    unit: '{socket}',
    description: 'Sockets that the census counted, in all network namespaces.',
  },
  censusDuration: {
    name: 'lagpipe.socket.census.duration',
    unit: 's',
    description: 'How long the census took.',
  },
  censusCpuTime: {
    name: 'lagpipe.socket.census.cpu_time',
    unit: 's',
    description: 'Processor time that the census took.',
  },
  censusInterval: {
    name: 'lagpipe.socket.census.interval',
    unit: 's',
    description: 'Time until the next census, stretched when it would cost more than census_cpu_percent.',
  },
} as const satisfies Readonly<Record<string, MetricName>>;

export const CONNECTION_COUNT: MetricName = {
  name: 'system.network.connection.count',
  unit: '{connection}',
  description: 'TCP sockets by state.',
};

export const CENSUS_INTERRUPTED: MetricName = {
  name: 'lagpipe.socket.census.interrupted',
  unit: '{dump}',
  description: 'Lists of sockets that the kernel called inconsistent, because too much changed meanwhile.',
};

export const CENSUS_FAILED: MetricName = {
  name: 'lagpipe.socket.census.failed',
  unit: '{dump}',
  description: 'Lists of sockets that broke off; what they had is in no figure.',
};

export const TIMES: readonly MetricName[] = [
  {
    name: 'lagpipe.socket.idle_time',
    unit: 's',
    description: 'Time since data last came or went, of every established connection.',
  },
  {
    name: 'lagpipe.socket.rtt',
    unit: 's',
    description: 'Smoothed round-trip time of every established connection.',
  },
];
