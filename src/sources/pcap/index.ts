import { defineSource } from '../../component.ts';
import { probeHost } from '../../loader/probe-host.ts';
import { pcapDecoder } from './decoder.ts';
import { PCAP_DESCRIPTION } from './description.ts';
import { PCAP_EVENTS } from './events/event-specs.ts';
import { PCAP_METRICS } from './metrics.ts';
import { acquireCapture } from './read/acquire-capture.ts';
import { checkRead, READ_PROPERTIES } from './read/config.ts';

const EVENTS = PCAP_EVENTS.map(({ name }) => name);

export const pcap = defineSource({
  id: 'pcap',
  summary: 'Every request and every TCP connection from packets: how long each part took, and who closed.',
  description: PCAP_DESCRIPTION,
  emits: { metrics: PCAP_METRICS, events: PCAP_EVENTS },
  schema: {
    type: 'object',
    description: 'TCP and HTTP timing from captured packets.',
    properties: {
      ...READ_PROPERTIES,
      events: {
        type: 'array',
        description: 'The events to send.',
        items: { type: 'string', description: 'Name of an event.', enum: EVENTS },
        default: EVENTS,
        minItems: 1,
        uniqueItems: true,
      },
      emit: {
        type: 'string',
        description:
          'When an exchange is sent. `response`: at once when its response is complete, without what follows it (idle time, close, `last`). `complete`: when the next request begins or the connection ends. `auto`: `response` on a live capture, `complete` on files.',
        enum: ['auto', 'response', 'complete'],
        default: 'auto',
      },
      mid_stream: {
        type: 'string',
        description:
          'What to do with connections whose beginning is not in the capture. `off`: pass over them. `recognized`: pick them up where a request, a response or a TLS handshake begins. `all`: pick up all that carry data, guessing by ports who the client is.',
        enum: ['off', 'recognized', 'all'],
        default: 'recognized',
      },
      request_headers: {
        type: 'array',
        description:
          'Headers to keep of each request, as `http.request.header.<name>`, where nothing downstream names those that it reads. Mind secrets: `authorization`, `cookie`.',
        items: { type: 'string', description: 'Name of a header.', minLength: 1 },
        default: ['host', 'connection'],
        uniqueItems: true,
      },
      response_headers: {
        type: 'array',
        description: 'The same of each response, as `http.response.header.<name>`.',
        items: { type: 'string', description: 'Name of a header.', minLength: 1 },
        default: ['connection', 'content-type'],
        uniqueItems: true,
      },
      max_text: {
        type: 'string',
        format: 'size',
        description: 'Where heads, bodies or whole messages are read: what is kept of each at most.',
        default: '64KiB',
        minSize: '1KiB',
        maxSize: '16MiB',
      },
      idle_timeout: {
        type: 'string',
        format: 'duration',
        description:
          'A connection without packets for so long, in time of the capture, is given up and has its event. One whose SYN nobody answered waits 75s at most.',
        default: '1h',
        minDuration: '1s',
        maxDuration: '168h',
      },
      max_connections: {
        type: 'integer',
        description:
          'Connections to follow at once. For one more, the least recently used gives way, with its event: of those that are closed first, then of those that were never answered.',
        default: 16_384,
        minimum: 16,
        maximum: 4_194_304,
      },
      reassembly_size: {
        type: 'string',
        format: 'size',
        description:
          'Memory, of one direction of a connection, for data that waits for what precedes it. When it is used up, what is missing counts as lost.',
        default: '1MiB',
        minSize: '64KiB',
        maxSize: '64MiB',
      },
      reassembly_total_size: {
        type: 'string',
        format: 'size',
        description: 'The same for all connections together.',
        default: '32MiB',
        minSize: '64KiB',
        maxSize: '4GiB',
      },
      interval: {
        type: 'string',
        format: 'duration',
        description: 'How often the account of packets, segments and connections is sent.',
        default: '5s',
        minDuration: '100ms',
        maxDuration: '1h',
      },
    },
  },
  example: { files: ['capture.pcap'], request_headers: ['host', 'connection', 'x-request-id'] },
  check: checkRead,
  acquire: (config, context) => acquireCapture(config, context),
  probeHost: () => probeHost('capture'),
  decoder: (config, context) =>
    pcapDecoder(
      {
        interface: config.interface,
        tunnels: config,
        events: config.events,
        emitsAtResponse: config.emit === 'auto' ? config.files.length === 0 : config.emit === 'response',
        midStream: config.mid_stream,
        request_headers: config.request_headers,
        response_headers: config.response_headers,
        max_text: config.max_text,
        limits: {
          maxConnections: config.max_connections,
          idleNanos: config.idle_timeout * 1e6,
          reassemblyBytesPerDirection: config.reassembly_size,
          reassemblyBytes: config.reassembly_total_size,
        },
        intervalMillis: config.interval,
      },
      context,
    ),
});
