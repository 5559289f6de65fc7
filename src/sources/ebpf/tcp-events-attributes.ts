import { number, text } from '../../model/emits.ts';
import { PACKET_PROTOCOLS, RETRANSMIT_KINDS } from './tcp-events-record.ts';

const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');

/** Attributes of both the counters and the events. */
export const RETRANSMIT_KIND = text(
  'lagpipe.tcp.retransmit_kind',
  `what gave cause: ${list(RETRANSMIT_KINDS)}`,
);
export const RESET_REASON = text('lagpipe.tcp.reset_reason', "the kernel's own reason for sending the reset");
export const DROP_REASON = text(
  'lagpipe.packet.drop_reason',
  "the kernel's own reason for the drop: `NO_SOCKET`, …",
);
export const PROTOCOL = text('lagpipe.packet.protocol', list(PACKET_PROTOCOLS));
export const SIZE = number(
  'lagpipe.packet.size',
  'By',
  'size of the packet: of a retransmit the payload, of a drop from the IP header on',
);
export const INTERFACE_INDEX = number(
  'lagpipe.interface.index',
  '',
  'number of the network interface, in its namespace',
);
