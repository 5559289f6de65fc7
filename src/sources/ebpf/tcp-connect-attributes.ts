import { type EventSpec, number, text } from '../../model/emits.ts';
import { SOCKET } from './socket-attributes.ts';
import { OUTCOMES } from './tcp-connect-record.ts';

const OUTCOME_LIST = OUTCOMES.map((outcome) => `\`${outcome}\``).join(', ');

/** Of every attempt. */
export const CONNECT = {
  outcome: text('lagpipe.tcp.outcome', `how it ended: ${OUTCOME_LIST}`),
  errorType: text('error.type', 'why it failed; absent when it did not'),
  duration: number('lagpipe.tcp.connect.duration', 's', 'from connect() to the end'),
  synRetransmits: number(
    'lagpipe.tcp.syn_retransmits',
    '{segment}',
    'SYNs sent again: 1 explains a duration of about 1 s, 2 one of about 3 s',
  ),
  rtt: number(
    'lagpipe.tcp.rtt',
    's',
    'the smoothed round-trip time at the end; absent when none was measured',
  ),
  ...SOCKET,
  natPeerAddress: text(
    'lagpipe.nat.peer.address',
    'where the SYN went when this host translated its address: the pod behind a Kubernetes service, the sidecar behind a redirect; absent when it was not translated',
  ),
  natPeerPort: number('lagpipe.nat.peer.port', '', 'the port there'),
} as const;

export const CONNECT_EVENT: EventSpec = {
  name: 'tcp.connect',
  severityNumbers: [9],
  description: 'An attempt to open a TCP connection ended.',
  attributes: Object.values(CONNECT),
};
