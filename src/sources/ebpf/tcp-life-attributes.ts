import { TCP_ROLE } from '../../model/common-attributes.ts';
import { type EventSpec, number, text } from '../../model/emits.ts';
import { SOCKET } from './socket-attributes.ts';

/** Of every connection. */
export const LIFE = {
  state: text('lagpipe.tcp.connection.state', '`closed`; `open`: a report on the way, not the final word'),
  role: TCP_ROLE,
  closedBy: text(
    'lagpipe.tcp.closed_by',
    '`local` or `remote`: whose FIN or RST came first; absent while open',
  ),
  closeReason: text(
    'lagpipe.tcp.close_reason',
    '`fin`, `reset`, or `timed_out`: this host gave up, because nothing was answered',
  ),
  errorType: text(
    'error.type',
    "the socket's error at the end: `reset` (a RST came, also after a FIN), `timed_out`, `aborted`; absent: none",
  ),
  duration: number(
    'lagpipe.tcp.connection.duration',
    's',
    'from the end of the handshake to the end of the socket (TIME_WAIT is not part of it)',
  ),
  bytesSent: number('lagpipe.tcp.bytes_sent', 'By', 'payload sent, each byte once'),
  bytesReceived: number('lagpipe.tcp.bytes_received', 'By', 'payload received, each byte once'),
  segmentsSent: number('lagpipe.tcp.segments_sent', '{segment}', 'segments sent, with and without payload'),
  segmentsReceived: number(
    'lagpipe.tcp.segments_received',
    '{segment}',
    'segments received, with and without payload',
  ),
  retransmits: number('lagpipe.tcp.retransmits', '{segment}', 'segments sent again'),
  rtt: number(
    'lagpipe.tcp.rtt',
    's',
    'the smoothed round-trip time at the end; absent when none was measured',
  ),
  rttMin: number('lagpipe.tcp.rtt.min', 's', 'the least of the last minutes'),
  idleMax: number(
    'lagpipe.tcp.idle.max',
    's',
    'the longest time in which the application neither read nor wrote data',
  ),
  turns: number('lagpipe.tcp.turns', '{turn}', 'requests that got a response'),
  responseFirst: number(
    'lagpipe.tcp.response.first',
    's',
    'response time of the first turn; absent without a turn',
  ),
  responseMax: number('lagpipe.tcp.response.max', 's', 'the longest response time'),
  responseTotal: number('lagpipe.tcp.response.total', 's', 'all response times together'),
  ...SOCKET,
} as const;

export const LIFE_EVENT: EventSpec = {
  name: 'tcp.connection',
  severityNumbers: [9],
  description: 'A TCP connection was closed, or is open and reported on.',
  attributes: Object.values(LIFE),
};
