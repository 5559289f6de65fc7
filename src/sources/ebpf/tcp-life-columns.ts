import type { ComponentContext } from '../../component.ts';
import { nanosAfter, wholeSeconds } from '../../lib/split-nanos.ts';
import { u64At } from '../../loader/record-fields.ts';
import type { EventBatch } from '../../model/batch.ts';
import type { Column } from '../../model/event.ts';
import { SocketTexts } from './socket-texts.ts';
import { LIFE, LIFE_EVENT } from './tcp-life-attributes.ts';
import {
  LIFE_AT as AT,
  CLOSE_REASONS,
  CLOSERS,
  LIFE_ERROR_TYPES,
  LIFE_RECORD_BYTES,
  lifeErrorCode,
  ROLES,
} from './tcp-life-record.ts';

const STATES = ['', 'open', 'closed'];
const TRANSPORTS = ['', 'tcp'];
const NETWORK_TYPES = ['', 'ipv4', 'ipv6'];
const ROLE_TEXTS = ['', ...ROLES];

/** Reads one field of the record at `at`. */
type Field = (records: DataView, at: number) => number;

const NUMBERS: readonly (readonly [attribute: string, field: Field])[] = [
  [LIFE.duration.name, seconds(AT.durationNanos)],
  [LIFE.bytesSent.name, u64(AT.bytesSent)],
  [LIFE.bytesReceived.name, u64(AT.bytesReceived)],
  [LIFE.segmentsSent.name, u32(AT.segmentsSent)],
  [LIFE.segmentsReceived.name, u32(AT.segmentsReceived)],
  [LIFE.retransmits.name, u32(AT.retransmits)],
  [LIFE.rtt.name, micros(AT.rttMicros)],
  [LIFE.rttMin.name, micros(AT.rttMinMicros)],
  [LIFE.idleMax.name, when(u8(AT.hasTurns), seconds(AT.longestIdleNanos))],
  [LIFE.turns.name, when(u8(AT.hasTurns), u32(AT.turns))],
  [LIFE.responseFirst.name, when(u32(AT.turns), seconds(AT.responseFirstNanos))],
  [LIFE.responseMax.name, when(u32(AT.turns), seconds(AT.responseMaxNanos))],
  [LIFE.responseTotal.name, when(u32(AT.turns), seconds(AT.responseTotalNanos))],
  [LIFE.pid.name, unlessZero(u32(AT.pid))],
  [LIFE.tid.name, unlessZero(u32(AT.tid))],
  [LIFE.cgroupId.name, unlessZero(u64(AT.cgroupId))],
  [LIFE.netnsInode.name, u32(AT.netnsInode)],
  [LIFE.localPort.name, unlessZero(u16(AT.localPort))],
  [LIFE.peerPort.name, unlessZero(u16(AT.peerPort))],
];

const TEXTS: readonly (readonly [attribute: string, dictionary: readonly string[], code: Field])[] = [
  [LIFE.state.name, STATES, (records, at) => (records.getUint8(at + AT.closer) === 0 ? 1 : 2)],
  [LIFE.role.name, ROLE_TEXTS, (records, at) => records.getUint8(at + AT.role) + 1],
  [LIFE.closedBy.name, CLOSERS, (records, at) => records.getUint8(at + AT.closer)],
  [LIFE.closeReason.name, CLOSE_REASONS, (records, at) => records.getUint8(at + AT.reason)],
  [
    LIFE.errorType.name,
    LIFE_ERROR_TYPES,
    (records, at) => lifeErrorCode(records.getUint16(at + AT.error, true)),
  ],
  [LIFE.transport.name, TRANSPORTS, () => 1],
  [
    LIFE.networkType.name,
    NETWORK_TYPES,
    (records, at) => (records.getUint8(at + AT.ipVersion) === 4 ? 1 : 2),
  ],
];

/** Records of connections to columns, one column after the other. Texts are kept between batches. */
export class LifeColumns {
  readonly #context: ComponentContext;
  readonly #texts = new SocketTexts();

  constructor(context: ComponentContext) {
    this.#context = context;
  }

  /** `payload` holds `count` records. One with a value that does not exist is counted as lost. */
  decode(payload: Uint8Array, count: number): EventBatch {
    const records = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const places = wellFormed(records);
    if (places.length < count) this.#context.counters.dropped('bad_record', count - places.length);
    const { resource, scope } = this.#context;
    return {
      kind: 'events',
      resource,
      scope,
      name: LIFE_EVENT.name,
      severityNumber: LIFE_EVENT.severityNumbers[0],
      length: places.length,
      ...timesOf(records, places),
      columns: this.#columns(records, places),
    };
  }

  #columns(records: DataView, places: readonly number[]): ReadonlyMap<string, Column> {
    const columns = new Map<string, Column>();
    for (const [attribute, dictionary, code] of TEXTS) {
      columns.set(attribute, { kind: 'text', codes: codesOf(records, places, code), dictionary });
    }
    for (const [attribute, field] of NUMBERS) {
      columns.set(attribute, {
        kind: 'number',
        values: Float64Array.from(places, (at) => field(records, at)),
      });
    }
    this.#addSocketTexts(columns, records, places);
    return columns;
  }

  /** Codes first, dictionaries after: a dictionary that was given out does not change any more. */
  #addSocketTexts(columns: Map<string, Column>, records: DataView, places: readonly number[]): void {
    const texts = this.#texts;
    texts.begin();
    const address =
      (offset: number): Field =>
      (_records, at) =>
        texts.address(records, at + offset, records.getUint8(at + AT.ipVersion));
    const local = codesOf(records, places, address(AT.localAddress));
    const peer = codesOf(records, places, address(AT.peerAddress));
    const names = codesOf(records, places, (_records, at) => texts.threadName(records, at + AT.comm));
    const addresses = texts.addressDictionary();
    columns.set(LIFE.localAddress.name, { kind: 'text', codes: local, dictionary: addresses });
    columns.set(LIFE.peerAddress.name, { kind: 'text', codes: peer, dictionary: addresses });
    columns.set(LIFE.threadName.name, {
      kind: 'text',
      codes: names,
      dictionary: texts.threadNameDictionary(),
    });
  }
}

/** Where the records lie whose values all exist. */
function wellFormed(records: DataView): number[] {
  const places: number[] = [];
  for (let at = 0; at < records.byteLength; at += LIFE_RECORD_BYTES) {
    const version = records.getUint8(at + AT.ipVersion);
    const closer = records.getUint8(at + AT.closer);
    const reason = records.getUint8(at + AT.reason);
    if (version !== 4 && version !== 6) continue;
    if (records.getUint8(at + AT.role) >= ROLES.length) continue;
    if (closer >= CLOSERS.length || reason >= CLOSE_REASONS.length) continue;
    if ((closer === 0) === (reason === 0)) places.push(at);
  }
  return places;
}

function timesOf(records: DataView, places: readonly number[]) {
  const timeSeconds = new Float64Array(places.length);
  const timeNanoseconds = new Uint32Array(places.length);
  places.forEach((at, row) => {
    const low = records.getUint32(at + AT.endUnixNanos, true);
    const seconds = wholeSeconds(low, records.getUint32(at + AT.endUnixNanos + 4, true));
    timeSeconds[row] = seconds;
    timeNanoseconds[row] = nanosAfter(low, seconds);
  });
  return { timeSeconds, timeNanoseconds };
}

function codesOf(records: DataView, places: readonly number[], code: Field): Uint32Array {
  return Uint32Array.from(places, (at) => code(records, at));
}

function u8(offset: number): Field {
  return (records, at) => records.getUint8(at + offset);
}

function u16(offset: number): Field {
  return (records, at) => records.getUint16(at + offset, true);
}

function u32(offset: number): Field {
  return (records, at) => records.getUint32(at + offset, true);
}

function u64(offset: number): Field {
  return (records, at) => u64At(records, at + offset);
}

function seconds(offset: number): Field {
  return (records, at) => u64At(records, at + offset) / 1e9;
}

/** A round-trip time in seconds; 0 in the record says that none was measured. */
function micros(offset: number): Field {
  const field = unlessZero(u32(offset));
  return (records, at) => field(records, at) / 1e6;
}

/** `NaN` says that the event does not have the attribute. */
function unlessZero(field: Field): Field {
  return (records, at) => {
    const value = field(records, at);
    return value === 0 ? Number.NaN : value;
  };
}

/** The field, where the condition is not 0. */
function when(condition: Field, field: Field): Field {
  return (records, at) => (condition(records, at) === 0 ? Number.NaN : field(records, at));
}
