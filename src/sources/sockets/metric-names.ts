import {
  IP_VERSION,
  LOCAL_ADDRESS,
  LOCAL_PORT,
  NETNS_INODE,
  NETNS_NAME,
  OVERFLOW,
  PEER_ADDRESS,
  SERVER_PORT,
  TCP_ROLE,
  TCP_STATE,
  TRANSPORT,
} from '../../model/common-attributes.ts';
import {
  counter,
  deltaHistogram,
  type Emits,
  type GaugeSpec,
  gauge,
  upDownCounter,
} from '../../model/emits.ts';

const NETNS = [NETNS_INODE, NETNS_NAME];
const OF_LISTENER = [...NETNS, LOCAL_ADDRESS, LOCAL_PORT, IP_VERSION, OVERFLOW];
const OF_PORT = [...NETNS, TCP_ROLE, SERVER_PORT, OVERFLOW];

/** Every gauge that the source sends; `connections` of the semantic conventions and histograms stand in levels.ts. */
export const NAMES = {
  queueLength: gauge({
    name: 'lagpipe.socket.accept_queue.length',
    unit: '{connection}',
    description: 'Finished handshakes that wait for accept() at a listening address and port.',
    attributes: OF_LISTENER,
  }),
  queueLimit: gauge({
    name: 'lagpipe.socket.accept_queue.limit',
    unit: '{connection}',
    description:
      'Length above which the accept queue takes no more: the least of the backlog given to listen() and of net.core.somaxconn.',
    attributes: OF_LISTENER,
  }),
  queueUtilization: gauge({
    name: 'lagpipe.socket.accept_queue.utilization',
    unit: '1',
    description:
      'Length by limit of the fullest accept queue of the address and port; above 1 new connections are refused or have to try again.',
    attributes: OF_LISTENER,
  }),
  queueSockets: gauge({
    name: 'lagpipe.socket.accept_queue.sockets',
    unit: '{socket}',
    description: 'Listening sockets that share the address and port (SO_REUSEPORT), each with a queue.',
    attributes: OF_LISTENER,
  }),
  connections: gauge({
    name: 'lagpipe.socket.connections',
    unit: '{connection}',
    description: 'Connections by role, port and state.',
    attributes: [...OF_PORT, TCP_STATE],
  }),
  idle: gauge({
    name: 'lagpipe.socket.idle_connections',
    unit: '{connection}',
    description: 'Established connections without data for idle_threshold and without a keep-alive timer.',
    attributes: OF_PORT,
  }),
  silent: gauge({
    name: 'lagpipe.socket.silent_connections',
    unit: '{connection}',
    description: 'Established or half-closed connections on which the peer has never sent data.',
    attributes: OF_PORT,
  }),
  unread: gauge({
    name: 'lagpipe.socket.unread_connections',
    unit: '{connection}',
    description: 'Connections with data that the application has not read.',
    attributes: OF_PORT,
  }),
  unreadBytes: gauge({
    name: 'lagpipe.socket.unread_bytes',
    unit: 'By',
    description: 'Received data that the applications have not read.',
    attributes: OF_PORT,
  }),
  unsent: gauge({
    name: 'lagpipe.socket.unsent_connections',
    unit: '{connection}',
    description: 'Connections with data that the peer has not acknowledged.',
    attributes: OF_PORT,
  }),
  unsentBytes: gauge({
    name: 'lagpipe.socket.unsent_bytes',
    unit: 'By',
    description: 'Data that waits to be sent or to be acknowledged.',
    attributes: OF_PORT,
  }),
  retransmitting: gauge({
    name: 'lagpipe.socket.retransmitting_connections',
    unit: '{connection}',
    description: 'Connections that wait for an answer to a retransmission at this moment.',
    attributes: OF_PORT,
  }),
  retransmits: gauge({
    name: 'lagpipe.socket.retransmits',
    unit: '{segment}',
    description: 'Segments that the connections which are open now have sent again since they were opened.',
    attributes: OF_PORT,
  }),
  segmentsSent: gauge({
    name: 'lagpipe.socket.segments_sent',
    unit: '{segment}',
    description: 'Segments that the connections which are open now have sent since they were opened.',
    attributes: OF_PORT,
  }),
  peerConnections: gauge({
    name: 'lagpipe.socket.peer.connections',
    unit: '{connection}',
    description: 'Connections by role, port, peer and state, of the peers with the most.',
    attributes: [...OF_PORT, PEER_ADDRESS, TCP_STATE],
  }),
  censusSockets: gauge({
    name: 'lagpipe.socket.census.sockets',
    unit: '{socket}',
    description: 'Sockets that the census counted, in all network namespaces.',
  }),
  censusDuration: gauge({
    name: 'lagpipe.socket.census.duration',
    unit: 's',
    description: 'How long the census took.',
  }),
  censusCpuTime: gauge({
    name: 'lagpipe.socket.census.cpu_time',
    unit: 's',
    description: 'Processor time that the census took.',
  }),
  censusInterval: gauge({
    name: 'lagpipe.socket.census.interval',
    unit: 's',
    description: 'Time until the next census, stretched when it would cost more than census_cpu_percent.',
  }),
} as const satisfies Readonly<Record<string, GaugeSpec>>;

export const CONNECTION_COUNT = upDownCounter({
  name: 'system.network.connection.count',
  unit: '{connection}',
  description: 'TCP sockets by state.',
  attributes: [...NETNS, TRANSPORT, IP_VERSION, TCP_STATE],
});

export const CENSUS_INTERRUPTED = counter({
  name: 'lagpipe.socket.census.interrupted',
  unit: '{dump}',
  description:
    'Lists of sockets that the kernel called inconsistent, because too much changed meanwhile; they are counted all the same.',
});

export const CENSUS_FAILED = counter({
  name: 'lagpipe.socket.census.failed',
  unit: '{dump}',
  description: 'Lists of sockets that broke off; what they had is in no figure.',
});

export const TIMES = [
  deltaHistogram({
    name: 'lagpipe.socket.idle_time',
    unit: 's',
    description: 'Time since data last came or went, of every established connection.',
    attributes: [...NETNS, TCP_ROLE],
  }),
  deltaHistogram({
    name: 'lagpipe.socket.rtt',
    unit: 's',
    description: 'Smoothed round-trip time of every established connection.',
    attributes: [...NETNS, TCP_ROLE],
  }),
];

export const SOCKETS_EMITS: Emits = {
  metrics: [...Object.values(NAMES), CONNECTION_COUNT, CENSUS_INTERRUPTED, CENSUS_FAILED, ...TIMES],
  events: [],
};
