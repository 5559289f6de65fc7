import { ipv4Text, ipv6Text } from '../../lib/ip-text.ts';

/** One line of /proc/net/tcp or tcp6 (tcp4_seq_show, tcp6_seq_show). */
export interface TcpLine {
  readonly localAddress: string;
  readonly localPort: number;
  readonly peerAddress: string;
  readonly peerPort: number;
  /** By the address, not the file: IPv4 that is mapped into IPv6 is IPv4. */
  readonly type: 'ipv4' | 'ipv6';
  /** The kernel's number of the state. */
  readonly state: number;
  /** Bytes that the peer has not acknowledged. */
  readonly sendQueue: number;
  /** Bytes that nobody has read; of a listening socket, connections that wait for accept(). */
  readonly receiveQueue: number;
  readonly isRetransmitting: boolean;
}

const MAPPED = '::ffff:';
const TIMER_RETRANSMIT = 1;

/**
 * `  1: 0100007F:1F90 0100007F:C350 01 00000000:0000000A 01:00000014 00000002 …`: number, local, peer, state, send and
 * receive queue, timer and when, retransmits; all hexadecimal. `undefined` when it is no such line.
 */
export function parseTcpLine(line: string): TcpLine | undefined {
  const [, local, peer, state, queues, timer, retransmits] = line.trim().split(/\s+/, 7);
  const [localAddress, localPort] = endOf(local);
  const [peerAddress, peerPort] = endOf(peer);
  const [sendQueue, receiveQueue] = hexPair(queues);
  const [activeTimer] = hexPair(timer);
  const number = hex(state);
  if (
    localAddress === undefined ||
    peerAddress === undefined ||
    ![localPort, peerPort, number, sendQueue, receiveQueue, activeTimer].every(Number.isFinite)
  ) {
    return undefined;
  }
  const type = localAddress.startsWith(MAPPED) || !localAddress.includes(':') ? 'ipv4' : 'ipv6';
  return {
    localAddress: withoutMapping(localAddress),
    localPort,
    peerAddress: withoutMapping(peerAddress),
    peerPort,
    type,
    state: number,
    sendQueue,
    receiveQueue,
    isRetransmitting: activeTimer === TIMER_RETRANSMIT && hex(retransmits) > 0,
  };
}

function hex(text: string | undefined): number {
  return text !== undefined && /^[0-9A-Fa-f]+$/.test(text) ? Number.parseInt(text, 16) : Number.NaN;
}

function hexPair(text = ''): [number, number] {
  const [first, second] = text.split(':');
  return [hex(first), hex(second)];
}

/** `0100007F:1F90`. */
function endOf(text = ''): [address: string | undefined, port: number] {
  const [address = '', port] = text.split(':');
  return [addressOf(address), hex(port)];
}

/** Words of 32 bits as a little-endian processor writes them; lagpipe's loader runs on no other either. */
function addressOf(text: string): string | undefined {
  if (!/^([0-9A-Fa-f]{8}|[0-9A-Fa-f]{32})$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'hex');
  bytes.swap32();
  return bytes.length === 4 ? ipv4Text(bytes) : ipv6Text(bytes);
}

function withoutMapping(address: string): string {
  return address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address;
}
