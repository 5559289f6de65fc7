import type { ComponentContext } from '../../component.ts';
import { ipv4Text, ipv6Text } from '../../lib/ip-text.ts';
import { textAt, unixTimeAt } from '../../loader/record-fields.ts';
import type { AttributeValue } from '../../model/attributes.ts';
import { type EventBatch, eventBatchOf } from '../../model/batch.ts';
import {
  DIRECTION,
  IP_VERSION,
  LOCAL_ADDRESS,
  LOCAL_PORT,
  NETNS_INODE,
  PEER_ADDRESS,
  PEER_PORT,
  PROCESS_ID,
  TCP_STATE,
  THREAD_NAME,
  TRANSPORT,
} from '../../model/common-attributes.ts';
import { type EventSpec, number, text } from '../../model/emits.ts';
import type { UnixTime } from '../../model/time.ts';
import {
  DROP_REASON,
  INTERFACE_INDEX,
  PROTOCOL,
  RESET_REASON,
  RETRANSMIT_KIND,
  SIZE,
} from './tcp-events-attributes.ts';
import {
  EVENT_AT as AT,
  COMM_BYTES,
  connectionState,
  EVENT_KINDS,
  EVENT_RECORD_BYTES,
  type EventKind,
  PACKET_PROTOCOLS,
  REASON_BYTES,
  RETRANSMIT_KINDS,
} from './tcp-events-record.ts';

const INFO = 9;

const PLACE = [IP_VERSION, NETNS_INODE];
const CONNECTION = [
  PROCESS_ID,
  THREAD_NAME,
  TRANSPORT,
  LOCAL_ADDRESS,
  LOCAL_PORT,
  PEER_ADDRESS,
  PEER_PORT,
  ...PLACE,
];

const RETRANSMIT: EventSpec = {
  name: 'tcp.retransmit',
  severityNumbers: [INFO],
  description: 'A TCP segment was sent again.',
  attributes: [RETRANSMIT_KIND, TCP_STATE, SIZE, ...CONNECTION],
};
const RESET: EventSpec = {
  name: 'tcp.reset',
  severityNumbers: [INFO],
  description: 'A TCP reset was sent or arrived.',
  attributes: [DIRECTION, RESET_REASON, TCP_STATE, ...CONNECTION],
};
const DROP: EventSpec = {
  name: 'packet.drop',
  severityNumbers: [INFO],
  description: 'The kernel dropped a packet.',
  attributes: [
    DROP_REASON,
    PROTOCOL,
    SIZE,
    INTERFACE_INDEX,
    text('source.address', "the sender's address"),
    number('source.port', '', "the sender's port"),
    text('destination.address', "the receiver's address"),
    number('destination.port', '', "the receiver's port"),
    ...PLACE,
  ],
};
export const TCP_EVENTS: readonly EventSpec[] = [RETRANSMIT, RESET, DROP];

const EVENT_OF: Readonly<Record<EventKind, EventSpec>> = {
  retransmit: RETRANSMIT,
  reset_sent: RESET,
  reset_received: RESET,
  drop: DROP,
};

type Values = Readonly<Record<string, AttributeValue | undefined>>;

interface TimedEvent {
  readonly time: UnixTime;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** Event records to one batch for each event name. The kernel limits how many there are, so each may be an object. */
export function tcpEventBatches(
  context: ComponentContext,
  payload: Uint8Array,
  count: number,
): readonly EventBatch[] {
  const byName = new Map<string, TimedEvent[]>();
  let read = 0;
  for (let at = 0; at < payload.length; at += EVENT_RECORD_BYTES) {
    const record = new DataView(payload.buffer, payload.byteOffset + at, EVENT_RECORD_BYTES);
    const kind = EVENT_KINDS[record.getUint8(AT.kind)];
    const values = kind === undefined ? undefined : valuesOf(kind, record);
    if (values === undefined) continue;
    const { name } = EVENT_OF[kind];
    const events = byName.get(name) ?? [];
    byName.set(name, events);
    events.push({ time: unixTimeAt(record, AT.unixNanos), attributes: withoutUndefined(values) });
    read += 1;
  }
  if (read < count) context.counters.dropped('bad_record', count - read);
  const { resource, scope } = context;
  return [...byName].map(([name, events]) =>
    eventBatchOf({ resource, scope, name, severityNumber: INFO }, events),
  );
}

/** `undefined` for a record whose fields no loader of this version writes. */
function valuesOf(kind: EventKind, record: DataView): Values | undefined {
  const retransmitKind = RETRANSMIT_KINDS[record.getUint8(AT.retransmitKind)];
  const protocol = PACKET_PROTOCOLS[record.getUint8(AT.protocol)];
  const version = record.getUint8(AT.ipVersion);
  if (retransmitKind === undefined || protocol === undefined) return undefined;
  if (version !== 0 && version !== 4 && version !== 6) return undefined;
  const reason = textOrNone(record, AT.reason, REASON_BYTES);
  const state = connectionState(record.getUint8(AT.state));
  switch (kind) {
    case 'retransmit':
      return {
        'lagpipe.tcp.retransmit_kind': retransmitKind,
        'network.connection.state': state,
        'lagpipe.packet.size': presentUnlessZero(record.getUint32(AT.bytes, true)),
        ...connectionOf(record, version),
      };
    case 'reset_sent':
    case 'reset_received':
      return {
        'network.io.direction': kind === 'reset_sent' ? 'transmit' : 'receive',
        'lagpipe.tcp.reset_reason': reason,
        'network.connection.state': state,
        ...connectionOf(record, version),
      };
    case 'drop':
      return {
        'lagpipe.packet.drop_reason': reason,
        'lagpipe.packet.protocol': protocol,
        'lagpipe.packet.size': presentUnlessZero(record.getUint32(AT.bytes, true)),
        'lagpipe.interface.index': presentUnlessZero(record.getUint32(AT.interface, true)),
        ...endsOf(record, version, 'source', 'destination'),
        ...placeOf(record, version),
      };
  }
}

function connectionOf(record: DataView, version: number): Values {
  return {
    'process.pid': presentUnlessZero(record.getUint32(AT.pid, true)),
    'thread.name': textOrNone(record, AT.comm, COMM_BYTES),
    'network.transport': 'tcp',
    ...endsOf(record, version, 'network.local', 'network.peer'),
    ...placeOf(record, version),
  };
}

function endsOf(record: DataView, version: number, near: string, far: string): Values {
  return {
    [`${near}.address`]: addressAt(record, AT.localAddress, version),
    [`${near}.port`]: presentUnlessZero(record.getUint16(AT.localPort, true)),
    [`${far}.address`]: addressAt(record, AT.peerAddress, version),
    [`${far}.port`]: presentUnlessZero(record.getUint16(AT.peerPort, true)),
  };
}

function placeOf(record: DataView, version: number): Values {
  return {
    'network.type': version === 0 ? undefined : `ipv${version}`,
    'lagpipe.netns.inode': presentUnlessZero(record.getUint32(AT.netnsInode, true)),
  };
}

function addressAt(record: DataView, at: number, version: number): string | undefined {
  const bytes = new Uint8Array(record.buffer, record.byteOffset + at, 16);
  if (version === 0) return undefined;
  return version === 4 ? ipv4Text(bytes) : ipv6Text(bytes);
}

function textOrNone(record: DataView, at: number, limit: number): string | undefined {
  const text = textAt(record, at, limit);
  return text === '' ? undefined : text;
}

function presentUnlessZero(value: number): number | undefined {
  return value === 0 ? undefined : value;
}

function withoutUndefined(values: Values): Readonly<Record<string, AttributeValue>> {
  const entries = Object.entries(values).filter((entry): entry is [string, AttributeValue] => {
    return entry[1] !== undefined;
  });
  return Object.fromEntries(entries);
}
